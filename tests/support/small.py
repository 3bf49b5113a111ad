"""A small compose project of plain programs: ``web`` calls ``pay``; ``stock`` and ``mail`` are only there."""

import contextlib
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import struck
from compose_run import free_port

SERVICES = ("web", "pay", "stock", "mail")

SERVER = """
import http.server, sys, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_GET(self):
        status = 200
        if sys.argv[2:]:
            try: urllib.request.urlopen(sys.argv[2], timeout=1).read()
            except OSError: status = 503
        self.send_response(status); self.send_header("content-length", "0"); self.end_headers()
http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
"""

COMPOSE = """
services:
  web: &one
    image: {image}
    init: true
    command: [python3, /server.py, "8080", "http://pay.test/"]
    volumes: ["./server.py:/server.py:ro"]
    ports: ["127.0.0.1:{port}:8080"]
    depends_on: [pay]
    networks: {{inner: {{}}, door: {{}}}}
  pay: &other
    image: {image}
    init: true
    command: [python3, /server.py, "80"]
    volumes: ["./server.py:/server.py:ro"]
    networks: {{inner: {{aliases: [pay.test]}}}}
  stock:
    <<: *other
    networks: {{inner: {{aliases: [stock.test]}}}}
  mail:
    <<: *other
    networks: {{inner: {{aliases: [mail.test, post.test]}}}}
networks:
  inner: {{internal: true}}
  door: {{}}
"""


@contextlib.contextmanager
def project(folder: Path) -> Iterator[tuple[str, int]]:
    """Bring the project up in ``folder``; give its name, and the port of ``web`` on this machine."""
    name, port = f"chaoskit-small-{uuid.uuid4().hex[:8]}", free_port()
    write(folder, port)
    compose = ["docker", "compose", "-p", name, "-f", str(folder / "compose.yaml")]
    subprocess.run([*compose, "up", "-d"], check=True, capture_output=True, timeout=120)
    try:
        _wait_until_it_answers(port)
        yield name, port
    finally:
        subprocess.run([*compose, "down", "-v", "-t", "1"], check=True, capture_output=True, timeout=120)


def write(folder: Path, port: int) -> None:
    """Write the compose file and the program."""
    (folder / "server.py").write_text(SERVER)
    (folder / "compose.yaml").write_text(COMPOSE.format(image=struck.IMAGE, port=port))


def _wait_until_it_answers(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).read()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.1)
        else:
            return
