"""Probes: each endpoint is sent alone, and what is hopeless is named before any fault."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from chaoskit.core.experiment import Endpoint, Experiment, Injection, Load, Phase, Provider, Target
from chaoskit.core.fault import Fault
from chaoskit.run import probe as module
from chaoskit.run.probe import Probe, doubts, hopeless, probe

pytestmark = pytest.mark.socket

type Asked = list[tuple[str, str]]
"""Path and trace of each request that the target got."""


@pytest.fixture
def target() -> Iterator[tuple[str, Asked]]:
    asked: Asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append((self.path, self.headers["traceparent"]))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.01)


class Sight:
    """What a proxy has seen: ``seen`` counts by provider."""

    def __init__(
        self, seen: Callable[[str], int], reached: Callable[[str], int] | None = None, why: str | None = None
    ) -> None:
        self.seen, self.reached, self._why = seen, reached or seen, why

    def tell(self) -> int:
        return 1

    def has_told(self, number: int) -> bool:
        return number == 1

    def carried(self, provider: str) -> int:
        return 0

    def trouble(self, provider: str) -> str | None:
        return self._why


def endpoint(name: str, *depends_on: str, **fields: object) -> Endpoint:
    return Endpoint(name=name, method="POST", path=f"/{name}", depends_on=depends_on, **fields)


def experiment(url: str, *endpoints: Endpoint) -> Experiment:
    return Experiment(
        name="x",
        target=Target(url=url),
        load=Load(arrivals=1.0, endpoints=endpoints),
        phases=(Phase("baseline", 0, 1), Phase("fault", 1, 2)),
        providers=(
            Provider(name="stripe", hosts=("api.stripe.com",)),
            Provider(name="other", hosts=("o.x",)),
        ),
        injections=(
            Injection(id="down", provider="stripe", fault=Fault(), fault_name="none", start=1, stop=2),
        ),
    )


def calls_of(asked: Asked, *paths: str) -> Callable[[str], int]:
    """A proxy that sees one call to stripe for each request to one of ``paths``."""
    return lambda provider: sum(path in paths for path, _ in asked) if provider == "stripe" else 0


def test_each_endpoint_is_sent_alone_until_its_calls_were_seen_twice(target: tuple[str, Asked]) -> None:
    url, asked = target
    given = experiment(url, endpoint("pay", "stripe"), endpoint("refund", "stripe"))

    sent = tuple(probe(given, Sight(calls_of(asked, "/pay", "/refund")), is_last=False))

    assert [each.endpoint for each in sent] == ["pay", "pay", "refund", "refund"]
    assert [each.seen for each in sent] == [("stripe",)] * 4
    assert [path for path, _ in asked] == ["/pay", "/pay", "/refund", "/refund"]
    assert list(hopeless(given, Sight(calls_of(asked, "/pay", "/refund")), sent)) == []


def test_a_probe_carries_a_trace_of_its_own_and_the_record_has_it(target: tuple[str, Asked]) -> None:
    url, asked = target
    sent = tuple(
        probe(experiment(url, endpoint("pay", "stripe")), Sight(calls_of(asked, "/pay")), is_last=False)
    )

    assert [trace.split("-")[1] for _, trace in asked] == [each.trace for each in sent]
    assert len({each.trace for each in sent}) == 2
    row = sent[0].row()
    assert (row["endpoint"], row["last"], row["answer"]) == ("pay", False, "answered 200")
    assert row["begun"] < row["ended"]


def test_an_endpoint_with_a_trace_of_the_users_own_keeps_it(target: tuple[str, Asked]) -> None:
    url, asked = target
    own = f"00-{'a' * 32}-{'b' * 16}-01"
    given = experiment(url, endpoint("pay", "stripe", headers=(("traceparent", own),)))

    sent = tuple(probe(given, Sight(calls_of(asked, "/pay")), is_last=False))

    assert {trace for _, trace in asked} == {own}
    assert {each.trace for each in sent} == {""}


def test_another_endpoints_calls_prove_nothing(target: tuple[str, Asked]) -> None:
    url, asked = target
    given = experiment(url, endpoint("pay", "stripe"), endpoint("refund", "stripe"))
    sight = Sight(calls_of(asked, "/pay"))

    sent = tuple(probe(given, sight, is_last=False))

    assert [path for path, _ in asked].count("/refund") == module.TRIES
    assert list(hopeless(given, sight, sent)) == []  # pay would be hit
    (doubt,) = doubts(sent, given)
    assert doubt.startswith("refund was sent alone 5 times, and the proxy saw no call to stripe")


def test_a_provider_that_stays_unseen_is_named_with_what_was_tried(target: tuple[str, Asked]) -> None:
    url, _ = target
    given = experiment(url, endpoint("pay", "stripe"))
    nothing = Sight(lambda _: 0)

    assert list(hopeless(given, nothing, tuple(probe(given, nothing, is_last=False)))) == [
        (
            "the proxy saw no call to stripe (api.stripe.com), although `POST /pay`, which depends on it, "
            "was sent 5 times (answered 200); so nothing would be hit"
        )
    ]


def test_why_nothing_was_seen_is_told_where_it_is_known(target: tuple[str, Asked]) -> None:
    url, _ = target
    given = experiment(url, endpoint("pay", "stripe"))
    refused = Sight(lambda _: 0, why="a client did not accept it")

    (told,) = hopeless(given, refused, tuple(probe(given, refused, is_last=False)))

    assert told.endswith("so nothing would be hit: a client did not accept it")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [("certificate verify failed", "certificate verify failed"), (None, "it never answered")],
)
def test_a_provider_that_is_seen_and_never_answers_is_named_with_the_reason(
    target: tuple[str, Asked], trouble: str | None, said: str
) -> None:
    url, asked = target
    given = experiment(url, endpoint("pay", "stripe"))
    away = Sight(calls_of(asked, "/pay"), lambda _: 0, trouble)

    assert list(hopeless(given, away, tuple(probe(given, away, is_last=False)))) == [
        f"the proxy cannot reach stripe (api.stripe.com), before any fault: {said}"
    ]


def test_who_names_no_struck_provider_is_sent_twice_and_only_before(target: tuple[str, Asked]) -> None:
    url, asked = target
    given = experiment(url, endpoint("items"), endpoint("pay", "stripe"))
    sight = Sight(calls_of(asked, "/pay"))

    first = tuple(probe(given, sight, is_last=False))
    last = tuple(probe(given, sight, is_last=True))

    assert [each.endpoint for each in first] == ["items", "items", "pay", "pay"]
    assert [each.endpoint for each in last] == ["pay"]


def test_what_is_not_safe_to_repeat_is_never_sent(target: tuple[str, Asked]) -> None:
    url, asked = target
    given = experiment(url, endpoint("pay", "stripe", safe_to_repeat=False))

    assert list(probe(given, Sight(lambda _: 0), is_last=False)) == []
    assert list(hopeless(given, Sight(lambda _: 0), ())) == []
    assert asked == []


def test_who_calls_now_and_then_leaves_no_doubt(target: tuple[str, Asked]) -> None:
    url, _ = target
    given = experiment(url, endpoint("pay", "stripe", calls="sometimes"))
    sent: tuple[Probe, ...] = tuple(probe(given, Sight(lambda _: 0), is_last=False))

    assert list(doubts(sent, given)) == []


def test_a_dead_target_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUDGET", 0.0)
    given = experiment("http://127.0.0.1:1", endpoint("pay", "stripe"))

    assert list(probe(given, Sight(lambda _: 0), is_last=True)) == []
