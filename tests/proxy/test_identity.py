from hypothesis import given
from hypothesis import strategies as st

from chaoskit.proxy.identity import Identities

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = (("Traceparent", f"00-{TRACE}-00f067aa0ba902b7-01"),)


def test_what_the_caller_passes_on_comes_first_in_a_fixed_order():
    names = Identities()
    both = (("idempotency-key", "k"), ("X-Request-Id", "r"))
    assert names.name((*both, *PARENT), "GET", "h", "/p") == (f"{TRACE} GET h/p 1", "traceparent")
    assert names.name(both, "GET", "h", "/p") == ("r GET h/p 1", "x-request-id")
    assert names.name(both[:1], "GET", "h", "/p") == ("k GET h/p 1", "idempotency-key")
    assert names.name((), "GET", "h", "/p") == ("GET h/p 1", "order")


def test_a_retry_is_another_call_and_a_query_is_not():
    names = Identities()
    assert [
        names.name(PARENT, "POST", "h", path)[0][-1] for path in ("/p", "/p?x=1", "/p?x=2", "/q")
    ] == list("1231")


def test_a_broken_traceparent_is_ignored():
    assert Identities().name((("traceparent", "garbage"),), "GET", "h", "/")[1] == "order"


@given(st.lists(st.sampled_from("abcdef"), max_size=60), st.integers(1, 4))
def test_memory_is_bounded_and_forgets_the_oldest_first(paths, size):
    names = Identities(remembered=size)
    for path in paths:
        names.name((), "GET", "h", "/" + path)
        assert len(names) <= size
    if paths:
        again = names.name((), "GET", "h", "/" + paths[-1])[0]
        assert int(again.rpartition(" ")[2]) >= 2
