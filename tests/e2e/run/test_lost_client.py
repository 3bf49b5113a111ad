"""A small service behind CONNECT whose connections are reset: what its client does to it, and what we say.

The same service with httpx, which loses its pool there, with requests, which does not, and with a breaker of
its own that never closes, captured without CONNECT.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytestmark = [pytest.mark.socket, pytest.mark.broad, pytest.mark.timeout(400)]  # three runs

SERVICE = """
import os, ssl, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx, requests

client = httpx.Client(timeout=httpx.Timeout(2.0, pool=0.2), limits=httpx.Limits(max_connections=4))
session = requests.Session()
url = os.environ["PAY_URL"]
is_open = False

def pay():
    global is_open
    match os.environ["CLIENT"]:
        case "httpx":
            return client.get(url).status_code
        case "requests":
            return session.get(url, timeout=2.0).status_code
        case "breaker":
            if is_open:
                raise OSError("open, and never closed again")
            try:
                return session.get(url, timeout=2.0).status_code
            except OSError:
                is_open = True
                raise

class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status = 200 if self.path == "/healthz" else pay()
        except (httpx.HTTPError, OSError):
            status = 502
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_): ...

class Provider(Service):
    protocol_version = "HTTP/1.1"  # requests reads its CA bundle anew for each connection, which is slow

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

folder = ".chaoskit/demo/api.stripe.com"
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(f"{folder}.pem", f"{folder}-key.pem")
provider = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PROVIDER"])), Provider)
if url.startswith("https"):
    provider.socket = context.wrap_socket(provider.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=provider.serve_forever, daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", int(os.environ["SHOP"])), Service).serve_forever()
"""

EXPERIMENT = """\
version: 1
name: small-service
target:
  prepare: [python, -m, chaoskit_shop.certificates]
  command: [python, service.py]
  url: http://127.0.0.1:{shop}
  ready: {{get: /healthz, within: 30s}}
  environment:
    SHOP: "{shop}"
    PROVIDER: "{providers}"
    PAY_URL: https://api.stripe.com/v1/charges
    CLIENT: httpx
proxy: {{upstream_ca: .chaoskit/demo/demo-ca.pem}}
providers: {{stripe: {{hosts: [api.stripe.com], resolve: "127.0.0.1:{providers}"}}}}
load:
  arrivals: 16/s
  deadline: 3s
  settle: 1s
  endpoints: [{{name: pay, request: GET /pay, depends_on: [stripe]}}]
phases: {{baseline: 5s, fault: 4s, recovery: 12s}}
inject: [{{id: torn, provider: stripe, fault: {{reset: {{}}}}, during: fault}}]
slos:
  - {{id: recover, of: pay, time_to_recover: "<= 8s", stable_for: 2s}}
  - {{id: after, in: recovery, of: pay, availability: ">= 50%"}}
"""


Told = tuple[Any, int, str]
"""A story, its exit code, and what it said."""


@pytest.fixture(scope="module")
def stories(
    make_story: Callable[..., Any], free_port: Callable[[], int]
) -> Iterator[dict[str, tuple[Any, int, str]]]:
    def go(client: str) -> tuple[Any, int, str]:
        story = make_story(client, EXPERIMENT)
        (story.folder / "service.py").write_text(SERVICE)
        changes = ["--set", f"target.environment.CLIENT={client}"]
        if client == "breaker":
            reverse = free_port()
            changes += [
                *("--set", f"providers.stripe.reverse=127.0.0.1:{reverse}"),
                *("--set", f"target.environment.PAY_URL=http://127.0.0.1:{reverse}/v1/charges"),
                *("--set", f"providers.stripe.base=http://127.0.0.1:{story.providers}"),
            ]
        process = story.start(*changes)
        out, err = process.communicate(timeout=110)
        return story, process.returncode, f"{out}\n{err}"

    with ThreadPoolExecutor(1) as pool:
        yield {name: pool.submit(go, name).result() for name in ("httpx", "requests", "breaker")}


def checks(story: Any) -> dict[str, dict[str, Any]]:
    return {each["check"].split("/")[0]: each for each in story.result()["findings"]}


def test_a_client_that_the_capture_has_damaged_settles_nothing(stories: dict[str, Told]) -> None:
    story, code, said = stories["httpx"]
    found = checks(story)

    assert code == 3, said
    for name in ("recover", "after"):
        assert found[name]["verdict"] == "inconclusive"
        assert "nothing of it reached the proxy for stripe: httpx (httpcore " in found[name]["reason"]
        assert "`providers.stripe.reverse`" in found[name]["reason"]
    assert any("known defect of httpx" in note for note in story.result()["notes"])


def test_the_same_service_with_a_client_that_has_no_such_defect_recovers(stories: dict[str, Told]) -> None:
    story, code, said = stories["requests"]
    found = checks(story)

    assert code in (0, 3), said  # no objective looks at the fault itself, which every call dies of
    assert found["recover"]["verdict"] == "pass", said
    assert "reached the proxy" not in found["after"]["reason"]


def test_a_breaker_that_never_closes_fails_where_the_capture_damages_nobody(stories: dict[str, Told]) -> None:
    story, code, said = stories["breaker"]

    assert code == 1, said
    assert checks(story)["recover"]["verdict"] == "fail"
    assert not any("known defect" in note for note in story.result()["notes"])
