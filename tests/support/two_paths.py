"""A service with two endpoints, ``/one`` and ``/two``, that each call one provider and fall back without it.

``/one`` calls through the proxy. ``/two`` does so too where ``TWO`` is ``captured``, and goes around it where
it is ``around``, as a client does that reads no proxy variables. ``TRACE=pass`` passes ``traceparent`` on.
``PING=3`` calls the provider through the proxy every 3 seconds, as a health check in the background does.
The provider is a second listener of the same process. Run as ``python two_paths.py PORT PROVIDER_PORT``.
"""

import contextlib
import http.client
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, PROVIDER = int(sys.argv[1]), int(sys.argv[2])
HOST = "api.openai.test"
PATIENCE = 0.3


class Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": "2"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"ok")


class Provider(Quiet):
    def do_GET(self) -> None:
        self.answer(200, {})


class Service(Quiet):
    def do_GET(self) -> None:
        if self.path == "/healthz":
            self.answer(200, {})
            return
        trace = self.headers.get("traceparent", "") if os.environ.get("TRACE") == "pass" else ""
        is_around = self.path == "/two" and os.environ.get("TWO") == "around"
        try:
            (around if is_around else captured)(trace)
        except (OSError, http.client.HTTPException):
            self.answer(200, {"x-answered-by": "fallback"})
        else:
            self.answer(200, {"x-answered-by": "provider"})


def captured(trace: str) -> None:
    request = urllib.request.Request(
        f"http://{HOST}/v1/answer", headers={"traceparent": trace} if trace else {}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        answer.read()


def around(trace: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", PROVIDER, timeout=PATIENCE)
    connection.request(
        "GET", "/v1/answer", headers={"host": HOST, **({"traceparent": trace} if trace else {})}
    )
    connection.getresponse().read()
    connection.close()


def ping(every: float) -> None:
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            captured("")
        time.sleep(every)


threading.Thread(
    target=ThreadingHTTPServer(("127.0.0.1", PROVIDER), Provider).serve_forever, daemon=True
).start()
if os.environ.get("PING"):
    threading.Thread(target=ping, args=(float(os.environ["PING"]),), daemon=True).start()
ThreadingHTTPServer(("127.0.0.1", PORT), Service).serve_forever()
