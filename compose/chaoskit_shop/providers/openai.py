"""api.openai.com: POST /v1/chat/completions, whole or as a stream of server-sent events.

A stream is one ``data:`` event a token, about 20 ms apart, and ends with ``data: [DONE]``. Error objects are
``{"error": {"message", "type", "param", "code"}}``, as in openai-openapi f85dbe2.
"""

import json
from collections.abc import Iterator

from flask import Flask, Response, jsonify, request

from chaoskit_shop.hosts import OPENAI
from chaoskit_shop.providers.latency import Sleep, pauses

_GAP = 0.020  # seconds between two tokens
_CREATED = 1_767_225_600
_ANSWER = "A parcel leaves our shop on the day of the order , and most reach you in two working days ."


def create(sleep: Sleep) -> Flask:
    """Return the provider; it gives the same answer to every question."""
    app = Flask(__name__)
    pause = pauses(OPENAI, 0.010, 0.030, sleep)
    words = [f"{word} " for word in _ANSWER.split()]

    @app.post("/v1/chat/completions")
    def complete() -> Response:
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return _error(401, "no API key in the Authorization header", "invalid_api_key")
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not body.get("messages"):
            return _error(400, "the field messages is missing", None)
        model = str(body.get("model", "gpt-4o-mini"))
        pause()
        if body.get("stream"):
            return Response(_stream(words, model, sleep), content_type="text/event-stream; charset=utf-8")
        return jsonify(_whole(words, model))

    @app.after_request
    def name_the_request(response: Response) -> Response:
        response.headers["x-request-id"] = "req_demo"
        response.headers["openai-version"] = "2020-10-01"
        return response

    return app


def _stream(words: list[str], model: str, sleep: Sleep) -> Iterator[str]:
    yield _event(model, {"role": "assistant", "content": ""}, None)
    for word in words:
        sleep(_GAP)
        yield _event(model, {"content": word}, None)
    yield _event(model, {}, "stop")
    yield "data: [DONE]\n\n"


def _event(model: str, delta: dict[str, str], finish: str | None) -> str:
    chunk = {
        "id": "chatcmpl-demo",
        "object": "chat.completion.chunk",
        "created": _CREATED,
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return f"data: {json.dumps(chunk)}\n\n"


def _whole(words: list[str], model: str) -> dict[str, object]:
    message = {"role": "assistant", "content": "".join(words).strip()}
    return {
        "id": "chatcmpl-demo",
        "object": "chat.completion",
        "created": _CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": 12,
            "completion_tokens": len(words),
            "total_tokens": 12 + len(words),
        },
    }


def _error(status: int, message: str, code: str | None) -> Response:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    response = jsonify({"error": error})
    response.status_code = status
    return response
