"""Gemini, where it streams: a stream of a few pieces to break off; and a provider that says nothing."""

import json
from collections.abc import Iterator

from flask import Flask, Response

GEMINI = "generativelanguage.googleapis.com"


def gemini() -> Flask:
    """POST models/NAME:streamGenerateContent?alt=sse, as python-genai 66807187 asks for it."""
    app = Flask("gemini")

    @app.post("/v1beta/models/<name>:streamGenerateContent")
    def generate(name: str) -> Response:
        return Response(pieces(), content_type="text/event-stream")

    def pieces() -> Iterator[str]:
        for i in range(8):
            piece = {"content": {"role": "model", "parts": [{"text": f"word{i} "}]}, "index": 0}
            yield f"data: {json.dumps({'candidates': [piece], 'modelVersion': 'of-the-test'})}\r\n\r\n"

    return app


def mute() -> Flask:
    """Answer everything with nothing."""
    app = Flask("mute")

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST", "PUT"])
    @app.route("/<path:path>", methods=["GET", "POST", "PUT"])
    def anything(path: str) -> Response:
        return Response(status=404)

    return app
