"""A whole run of a fault on DNS, against a service that asks the proxy for its provider's address."""

from collections.abc import Callable
from typing import Any

import pytest

from resolver import Resolver

pytestmark = [pytest.mark.socket, pytest.mark.broad, pytest.mark.timeout(120)]

SERVICE = """
import os, socket, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

host, _, port = os.environ["CHAOSKIT_DNS"].rpartition(":")
QUESTION = b"\\0\\7\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\6stripe\\7example\\0\\0\\1\\0\\1"

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(2)
            sock.connect((host, int(port)))
            sock.send(QUESTION)
            code = sock.recv(512)[3] & 15
        self.send_response(200 if code == 0 or self.path == "/ready" else 503)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_): ...

ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
EXPERIMENT = """\
version: 1
name: names
target:
  command: [python, service.py, "{shop}"]
  url: http://127.0.0.1:{shop}
  ready: {{get: /ready, within: 30s}}
providers:
  stripe: {{hosts: [stripe.example]}}
proxy: {{workers: 2, dns: {{listen: "127.0.0.1:0", upstream: "127.0.0.1:UPSTREAM"}}}}
load:
  arrivals: 40/s
  settle: 1s
  endpoints: [{{name: pay, request: GET /pay, depends_on: [stripe]}}]
phases: {{baseline: 3s, fault: 3s, recovery: 3s}}
bursts: 0s
inject:
  - {{id: names, provider: stripe, fault: dns_error, during: fault, share: 50% of queries}}
slos:
  - {{id: survive, in: fault, availability: ">= 95%"}}
  - {{id: recover, in: recovery, availability: ">= 90%"}}
"""


def test_questions_alone_prove_the_way_and_the_service_that_needs_the_name_fails(
    make_story: Callable[..., Any],
) -> None:
    with Resolver() as upstream:
        story = make_story("dns", EXPERIMENT.replace("UPSTREAM", str(upstream.port)))
        (story.folder / "service.py").write_text(SERVICE)
        code, out, err = story.run()

    assert code == 1, (out, err)
    verdicts = {each["check"]: each["verdict"] for each in story.result()["findings"]}
    assert verdicts["hits/names"] == "pass"
    assert verdicts["recover/pay/recovery/availability"] == "pass"
    assert verdicts["survive/pay/fault/availability"] == "fail"
    (row,) = story.result()["injections"]
    assert 0 < row["hits"] < row["eligible"]
    assert row["share"] == "50% of queries"
    assert row["examples"] == ["DNS question A stripe.example: resolve"]
    assert sum(sum(calls) for _, calls in story.result()["provider_calls"]) == 0
    assert story.nothing_is_left()
