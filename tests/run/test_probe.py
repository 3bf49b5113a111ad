"""The canary: what was seen already needs no call, what stays unseen is named."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from chaoskit.core.experiment import Endpoint, Experiment, Injection, Load, Phase, Provider, Target
from chaoskit.core.fault import Fault
from chaoskit.run import probe as module
from chaoskit.run.probe import AtTheEnd, probe

pytestmark = pytest.mark.socket


@pytest.fixture
def target() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


class Sight:
    def __init__(
        self, seen: Callable[[], int], reached: Callable[[], int], trouble: str | None = None
    ) -> None:
        self._seen, self._reached, self._trouble = seen, reached, trouble

    def seen(self, provider: str) -> int:
        return self._seen()

    def reached(self, provider: str) -> int:
        return self._reached()

    def trouble(self, provider: str) -> str | None:
        return self._trouble


def same(count: Callable[[], int]) -> Sight:
    return Sight(count, count)


def experiment(url: str, depends_on: tuple[str, ...], **more: Any) -> Experiment:
    return Experiment(
        name="x",
        target=Target(url=url),
        load=Load(
            arrivals=1.0,
            endpoints=(
                Endpoint(
                    **({"name": "pay", "method": "POST", "path": "/pay", "depends_on": depends_on} | more)
                ),
            ),
        ),
        phases=(Phase("baseline", 0, 1), Phase("fault", 1, 2)),
        providers=(
            Provider(name="stripe", hosts=("api.stripe.com",)),
            Provider(name="other", hosts=("o.x",)),
        ),
        injections=(
            Injection(id="down", provider="stripe", fault=Fault(), fault_name="none", start=1, stop=2),
        ),
    )


def test_one_call_that_the_proxy_sees_is_enough(target: tuple[str, list[str]]) -> None:
    url, asked = target

    assert list(probe(experiment(url, ("stripe",)), same(lambda: len(asked)))) == []
    assert asked == ["/pay"]


def test_what_has_been_seen_needs_no_call(target: tuple[str, list[str]]) -> None:
    url, asked = target

    assert list(probe(experiment(url, ("stripe",)), same(lambda: 1))) == []
    assert asked == []


def test_a_provider_that_stays_unseen_is_named_with_what_was_tried(
    target: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = target
    monkeypatch.setattr(module, "PAUSE", 0.01)

    assert list(probe(experiment(url, ("stripe",)), same(lambda: 0))) == [
        (
            "the proxy saw no call to stripe (api.stripe.com), although `POST /pay`, which depends on it, "
            "was sent 5 times (answered 200); so nothing would be hit"
        )
    ]


@pytest.mark.parametrize(
    "said", [{"calls": "sometimes"}, {"safe_to_repeat": False}, {"method": "", "path": ""}]
)
def test_an_endpoint_that_cannot_prove_it_or_must_not_be_sent_is_left_to_the_load(
    target: tuple[str, list[str]], said: dict[str, Any]
) -> None:
    url, asked = target

    assert list(probe(experiment(url, ("stripe",), **said), same(lambda: 0))) == []
    assert asked == []


def test_a_provider_that_no_endpoint_depends_on_is_left_to_the_load(target: tuple[str, list[str]]) -> None:
    url, asked = target

    assert list(probe(experiment(url, ()), same(lambda: 0))) == []
    assert asked == []


@pytest.mark.parametrize(
    ("trouble", "said"),
    [("certificate verify failed", "certificate verify failed"), (None, "it never answered")],
)
def test_a_provider_that_is_seen_and_never_answers_is_named_with_the_reason(
    target: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch, trouble: str | None, said: str
) -> None:
    url, _ = target
    monkeypatch.setattr(module, "PAUSE", 0.01)

    assert list(probe(experiment(url, ("stripe",)), Sight(lambda: 3, lambda: 0, trouble))) == [
        f"the proxy cannot reach stripe (api.stripe.com), before any fault: {said}"
    ]


def test_why_nothing_was_seen_is_told_where_it_is_known(
    target: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = target
    monkeypatch.setattr(module, "PAUSE", 0.01)

    (told,) = probe(experiment(url, ("stripe",)), Sight(lambda: 0, lambda: 0, "a client did not accept it"))

    assert told.endswith("so nothing would be hit: a client did not accept it")


def test_at_the_end_it_is_enough_that_calls_come_by() -> None:
    sight = AtTheEnd(lambda _: 2)

    assert (sight.seen("x"), sight.reached("x"), sight.trouble("x")) == (2, 2, None)
