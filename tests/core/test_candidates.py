"""What is left out for a call would not have been about it, so nothing that is decided changes."""

from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.call import Call
from chaoskit.core.candidates import MOST, Candidates
from chaoskit.core.decide import on_call
from chaoskit.core.injection import Injection
from chaoskit.core.match import Match
from chaoskit.core.timeline import at
from chaoskit.faults.error import Error

MATCH = st.builds(
    Match,
    method=st.sampled_from([(), ("GET",), ("POST", "PUT")]),
    path=st.sampled_from([None, "/a", "/a*", "*"]),
    path_regex=st.sampled_from([None, "/a", "/[ab]"]),
    host=st.sampled_from([None, "a.example", "*.EXAMPLE"]),
    header=st.sampled_from([(), (("x", "1"),)]),
    query=st.sampled_from([(), (("q", "1"),)]),
    client=st.sampled_from([None, "127.0.0.1", "10.0.0.0/8"]),
)


@st.composite
def injections(draw):
    about = draw(st.lists(st.tuples(st.sampled_from(["pay", "mail", "edge"]), MATCH), max_size=5))
    return tuple(
        Injection(
            id=f"i{n}",
            provider=provider,
            fault=Error(status=503),
            fault_name="error",
            start=0,
            stop=9,
            match=match,
        )
        for n, (provider, match) in enumerate(about)
    )


CALL = st.builds(
    Call,
    identity=st.just("x"),
    identified_by=st.just("order"),
    provider=st.sampled_from(["pay", "mail"]),
    host=st.sampled_from(["a.example", "A.example.", "b"]),
    method=st.sampled_from(["GET", "get", "PUT"]),
    path=st.sampled_from(["/a", "/b", "/ab?q=1", "/a?q=1", "*"]),
    headers=st.sampled_from([(), (("X", "1"),)]),
    client=st.sampled_from(["127.0.0.1", "::1"]),
    connection=st.just("c"),
    groups=st.sampled_from([(), ("edge",)]),
)


class NoMemory:
    """None of these faults remembers anything."""


@given(injections(), st.lists(CALL, min_size=1, max_size=6))
def test_the_decision_is_the_one_that_all_would_lead_to(injections, calls):
    candidates = Candidates(injections)
    for call in (*calls, *calls):  # the second time from what is kept
        few = on_call(at(candidates.about(call), 1.0), call, 7, NoMemory())
        assert few == on_call(at(injections, 1.0), call, 7, NoMemory())


@given(injections(), CALL)
def test_those_aimed_at_a_provider_keep_the_order_of_the_file(injections, call):
    found = Candidates(injections).aimed_at(call.provider, call.groups)
    assert found == tuple(i for i in injections if i.is_aimed_at(call.provider, call.groups))


def test_no_more_kinds_of_calls_are_kept_than_that():
    candidates = Candidates(())
    for n in range(MOST + 10):
        candidates.aimed_at(f"p{n}", ())
        assert len(candidates._found) <= MOST
