"""A run whose target never ends its answer, or in which a thread breaks, ends all the same."""

import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from chaoskit.core.result import Result
from chaoskit.run import controller, system
from chaoskit.run.execute import Order, execute
from chaoskit.run.progress import Progress

pytestmark = [pytest.mark.socket, pytest.mark.broad, pytest.mark.timeout(40)]

EXPERIMENT = """\
version: 1
name: hanging
target: {{url: "{url}", ready: {{get: "{path}", within: 1s}}}}
providers:
  stripe: {{hosts: [api.stripe.com]}}
load:
  arrivals: 5/s
  endpoints: [{{name: pay, request: GET /, depends_on: [stripe]}}]
phases: {{baseline: 1s, fault: 1s, recovery: 1s}}
inject: [{{id: silent, provider: stripe, fault: {{blackhole: {{}}}}, during: fault}}]
slos: [{{id: survive, in: fault, of: pay, availability: ">= 85%"}}]
"""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        while self.path == "/events":
            self.wfile.write(b"data: 1\n\n")
            time.sleep(0.1)

    def log_message(self, *_: object, **__: object) -> None: ...


class Quiet:
    def event(self, t: float | None, text: str) -> None: ...

    def progress(self, now: Progress) -> None: ...


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Result]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.chdir(tmp_path)

    def go(path: str) -> Result:
        file = tmp_path / "hanging.yaml"
        file.write_text(EXPERIMENT.format(url=f"http://127.0.0.1:{server.server_port}", path=path))
        return execute(Order(file=file, out=tmp_path / "out"), Quiet(), lambda _: None)[0]

    yield go
    server.shutdown()
    server.server_close()


def breaks(*_: Any, **__: Any) -> Any:
    raise LookupError("what nobody foresaw")


def test_an_endless_stream_is_not_ready_when_its_time_is_over(run: Callable[[str], Result]) -> None:
    result = run("/events")

    assert (result.exit_code, result.outcome) == (3, "not started")
    assert "GET /events was not answered well within 1s: the answer 200 began and did not end" in (
        result.sentence
    )


@pytest.mark.parametrize(
    ("where", "name", "told"),
    [(system, "wait_until_ready", "readiness"), (controller, "probe", "probe")],
    ids=["readiness", "probe"],
)
def test_a_thread_that_breaks_ends_the_run_with_its_reason(
    run: Callable[[str], Result], monkeypatch: pytest.MonkeyPatch, where: Any, name: str, told: str
) -> None:
    monkeypatch.setattr(where, name, breaks)
    result = run("/")

    assert (result.exit_code, result.outcome) == (3, "not started")
    assert f"{told}: broke off, which is a bug in chaoskit (LookupError: what nobody foresaw)" in (
        result.sentence
    )
