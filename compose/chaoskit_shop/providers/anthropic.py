"""api.anthropic.com: POST /v1/messages, as a stream of server-sent events.

Named events, of which ``content_block_delta`` brings the words and ``message_stop`` is the last; errors are
``{"type": "error", "error": {"type", "message"}}``. The shapes are those that anthropic-sdk-python parses.
"""

import json
from collections.abc import Iterator

from flask import Flask, Response, jsonify, request

from chaoskit_shop.hosts import ANTHROPIC
from chaoskit_shop.providers.latency import Sleep, pauses

_GAP = 0.015  # seconds between two tokens
_ANSWER = "We send it on the day you order , and it is with you in two working days ."


def create(sleep: Sleep) -> Flask:
    """Return the provider; it gives the same answer to every question, and only as a stream."""
    app = Flask(__name__)
    pause = pauses(ANTHROPIC, 0.010, 0.030, sleep)

    @app.post("/v1/messages")
    def message() -> Response:
        if not request.headers.get("x-api-key"):
            return _error(401, "authentication_error", "x-api-key header is required")
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not body.get("messages"):
            return _error(400, "invalid_request_error", "messages: Field required")
        if not body.get("max_tokens") or not body.get("stream"):
            return _error(400, "invalid_request_error", "max_tokens and stream are required here")
        pause()
        return Response(_stream(str(body.get("model", "")), sleep), content_type="text/event-stream")

    @app.after_request
    def name_the_request(response: Response) -> Response:
        response.headers["request-id"] = "req_demo"
        return response

    return app


def _stream(model: str, sleep: Sleep) -> Iterator[str]:
    words = [f"{word} " for word in _ANSWER.split()]
    start = {"id": "msg_demo", "type": "message", "role": "assistant", "model": model, "content": []}
    usage = {"input_tokens": 12, "output_tokens": 1}
    yield _event(
        "message_start", message={**start, "stop_reason": None, "stop_sequence": None, "usage": usage}
    )
    yield _event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for word in words:
        sleep(_GAP)
        yield _event("content_block_delta", index=0, delta={"type": "text_delta", "text": word})
    yield _event("content_block_stop", index=0)
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    yield _event("message_delta", delta=end, usage={"output_tokens": len(words)})
    yield _event("message_stop")


def _event(kind: str, **more: object) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n"


def _error(status: int, kind: str, message: str) -> Response:
    response = jsonify({"type": "error", "error": {"type": kind, "message": message}})
    response.status_code = status
    return response
