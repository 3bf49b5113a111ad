"""Fake providers under the providers' own host names: the demo's two, and Anthropic, S3, DynamoDB.

One listener on this machine; the certificate follows SNI, the application the Host header.
"""

import json
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from chaoskit_shop import certificates
from chaoskit_shop.providers import openai, stripe

HOSTS = {
    "stripe": "api.stripe.com",
    "openai": "api.openai.com",
    "anthropic": "api.anthropic.com",
    "s3": "s3.us-east-1.amazonaws.com",
    "dynamodb": "dynamodb.us-east-1.amazonaws.com",
}
WORDS = [f"word{i} " for i in range(16)]
TEXT = "".join(WORDS)
OBJECT = b"an object of four hundred bytes " * 13
GAP = 0.02


class Fakes:
    """The listener, what it was asked, and its CA."""

    def __init__(self, folder: Path, also: dict[str, Flask] | None = None) -> None:
        """``also``: applications by host, beside those of ``HOSTS``."""
        made = certificates.ensure(folder, [*HOSTS.values(), *(also or {})])
        self.ca = made.ca
        self.calls: list[tuple[str, str]] = []
        """Host and row of each call."""
        applications = {
            HOSTS["stripe"]: stripe.create(time.sleep),
            HOSTS["openai"]: openai.create(time.sleep),
            HOSTS["anthropic"]: anthropic(),
            HOSTS["s3"]: s3(),
            HOSTS["dynamodb"]: dynamodb(),
        } | (also or {})

        def application(environ, start_response):
            host = environ["HTTP_HOST"].partition(":")[0]
            self.calls.append((host, row_of(environ)))
            return applications[host](environ, start_response)

        self._server = make_server(
            "127.0.0.1", 0, application, threaded=True, request_handler=Quiet, ssl_context=by_name(made)
        )
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()


def row_of(environ: dict) -> str:
    """Return the row that a call belongs to, from where its SDK could put it."""
    key = environ["PATH_INFO"].rpartition("/")[2].removesuffix(".bin")
    return environ.get("HTTP_X_ROW") or environ.get("HTTP_IDEMPOTENCY_KEY", key).partition("/")[0]


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except (OSError, ssl.SSLError):
            self.close_connection = True  # the proxy left in the middle: that is what the faults are made of


def by_name(made: certificates.Certificates) -> ssl.SSLContext:
    contexts = {}
    for name, pair in made.hosts.items():
        contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[name].load_cert_chain(pair.certificate, pair.key)
    outer = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    first = next(iter(made.hosts.values()))
    outer.load_cert_chain(first.certificate, first.key)

    def choose(sock, name, _):
        sock.context = contexts[name]

    outer.sni_callback = choose
    return outer


def anthropic() -> Flask:
    """POST /v1/messages, whole or as a stream; events as in anthropic-sdk-python 009b0353."""
    app = Flask("anthropic")

    @app.post("/v1/messages")
    def messages() -> Response:
        head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-of-the-test"}
        usage = {"input_tokens": 12, "output_tokens": len(WORDS)}
        if request.get_json().get("stream"):
            return Response(events(head, usage), content_type="text/event-stream; charset=utf-8")
        block = {"type": "text", "text": TEXT}
        rest = {"content": [block], "stop_reason": "end_turn", "stop_sequence": None, "usage": usage}
        return jsonify(head | rest)

    def events(head: dict, usage: dict) -> Iterator[str]:
        empty = {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
        yield event("message_start", message=head | empty)
        yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for word in WORDS:
            time.sleep(GAP)
            yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": word})
        yield event("content_block_stop", index=0)
        end = {"stop_reason": "end_turn", "stop_sequence": None}
        yield event("message_delta", delta=end, usage={"output_tokens": len(WORDS)})
        yield event("message_stop")

    def event(kind: str, **rest) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind} | rest)}\n\n"

    return app


def s3() -> Flask:
    """GET /bucket/key: the same object under every key."""
    app = Flask("s3")

    @app.get("/bucket/<key>")
    def get(key: str) -> Response:
        return Response(
            OBJECT, content_type="binary/octet-stream", headers={"etag": '"1"', "x-amz-request-id": "1"}
        )

    return app


def dynamodb() -> Flask:
    """GetItem: the same item for every key, with the checksum of the body that botocore looks at."""
    app = Flask("dynamodb")

    @app.post("/")
    def get() -> Response:
        body = json.dumps({"Item": {"id": {"S": "1"}, "text": {"S": TEXT}}}).encode()
        headers = {"x-amzn-requestid": "1", "x-amz-crc32": str(zlib.crc32(body))}
        return Response(body, content_type="application/x-amz-json-1.0", headers=headers)

    return app
