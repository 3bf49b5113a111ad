"""Whole runs in a network namespace, of a target that knows nothing of a proxy."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calling import curl
from namespace import V4, Namespace, needs_root
from tls_origin import Origin, make_certificates

pytestmark = [pytest.mark.socket, pytest.mark.broad, needs_root, pytest.mark.timeout(60)]

TARGET = """\
import http.server, socket, ssl
CONTEXT = ssl.create_default_context()
class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = 200
        if self.path == "/pay":
            try:
                with socket.create_connection(("198.51.100.7", 443), timeout=2) as plain:
                    with CONTEXT.wrap_socket(plain, server_hostname="api.pay.example") as tls:
                        tls.sendall(b"GET /bytes/9 HTTP/1.1\\r\\nhost: api.pay.example\\r\\n\\r\\n")
                        status = int(tls.recv(4096).split(b" ")[1])
            except OSError:
                status = 502
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Shop).serve_forever()
"""
EXPERIMENT = """\
version: 1
name: transparent
target: {url: "http://127.0.0.1:8080", command: [python, target.py], ready: {get: /}}
providers: {pay: {hosts: [api.pay.example]}}
proxy: {transparent: {}, workers: 2, lease: 2s, upstream_ca: provider-ca.pem}
load:
  arrivals: 20/s
  settle: 500ms
  endpoints: [{name: pay, request: GET /pay, depends_on: [pay], expect: {status: [200, 503]}}]
phases: {baseline: 2s, fault: 3s, recovery: 2s}
bursts: 0s
inject: [{id: down, provider: pay, fault: {error: {status: 503}}, during: fault}]
slos:
  - {id: base, in: baseline, availability: ">= 70%"}
  - {id: passed-on, in: fault, availability: ">= 70%"}  # the shop hands the provider's status on
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Namespace]:
    ca, certificate = make_certificates(tmp_path)
    (tmp_path / "target.py").write_text(TARGET)
    (tmp_path / "x.yaml").write_text(EXPERIMENT)
    with Namespace() as world, Origin(certificate, sock=world.listener(443)):
        world.ca = ca
        yield world


@contextlib.contextmanager
def running(world: Namespace, folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*world.prefix, sys.executable, "-m", "chaoskit", "run", "x.yaml", "--out", "out"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CI": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def direct(world: Namespace) -> tuple[Any, ...]:
    """Call the provider with no trust but in its own CA, as nobody could through the proxy."""
    where = f"api.pay.example:443:{V4}"
    url = "https://api.pay.example/bytes/9"
    return curl("--resolve", where, "--cacert", str(world.ca), url, before=world.prefix)[:2]


def test_a_run_captures_judges_and_leaves_nothing(world: Namespace, tmp_path: Path) -> None:
    with running(world, tmp_path) as process:
        out, err = process.communicate(timeout=50)

    assert process.returncode == 0, (out, err)
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["injections"][0]["hits"] >= 20, result["injections"]
    assert world.tables() == ""
    assert direct(world) == (200, 0)


def test_after_a_kill_of_controller_and_workers_connections_go_direct_within_the_lease(
    world: Namespace, tmp_path: Path, wait_for: Any
) -> None:
    with running(world, tmp_path) as process:
        wait_for(process, "phase `fault` began")
        assert direct(world) == (0, 60), "the proxy answers, with a certificate of its own"
        workers = children(process.pid, "chaoskit.proxy")
        assert workers
        for pid in (process.pid, *workers):
            os.kill(pid, signal.SIGKILL)
        killed = time.monotonic()

        assert "elements" in world.tables(), "the rules are still there: nobody was left to remove them"
        while direct(world) != (200, 0):
            assert time.monotonic() < killed + 5, world.tables()
            time.sleep(0.1)
        assert "elements" not in world.tables()


def children(parent: int, module: str) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(each) for each in found if module in Path(f"/proc/{each}/cmdline").read_text()]
