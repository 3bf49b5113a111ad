"""What AI providers send, word for word in their own grammars, and a server that sends it piece by piece."""

import asyncio
import contextlib
import json

TOOL = [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": '}}]
TOOL_END = [{"index": 0, "function": {"arguments": "1}"}}]
USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}


def sse(*documents, named=True) -> list[bytes]:
    events = []
    for each in documents:
        name = f"event: {each['type']}\n" if named and "type" in each else ""
        events.append(f"{name}data: {json.dumps(each)}\n\n".encode())
    return events


def chat_chunk(delta, reason=None, **more):
    choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
        "usage": None,
    } | more


CHAT = [
    *sse(
        chat_chunk({"role": "assistant", "content": "Hel"}),
        chat_chunk({"content": "lo"}),
        chat_chunk({"tool_calls": TOOL}),
        chat_chunk({"tool_calls": TOOL_END}),
        chat_chunk({}, "stop"),
        chat_chunk({}, choices=[], usage=USAGE),
    ),
    b"data: [DONE]\n\n",
]
_MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [],
    "stop_reason": None,
    "stop_sequence": None,
    "usage": {"input_tokens": 5, "output_tokens": 1},
}
MESSAGES = sse(
    {"type": "message_start", "message": _MESSAGE},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "input_json_delta", "partial_json": '{"a":'},
    },
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "input_json_delta", "partial_json": " 1}"},
    },
    {"type": "content_block_stop", "index": 1},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 7},
    },
    {"type": "message_stop"},
)


def _response(status, **more):
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "status": status,
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    } | more


_PLACE = {"item_id": "i", "output_index": 0}
RESPONSES = sse(
    {"type": "response.created", "sequence_number": 0, "response": _response("in_progress")},
    {
        "type": "response.output_text.delta",
        "sequence_number": 1,
        "content_index": 0,
        "delta": "Hello",
        "logprobs": [],
    }
    | _PLACE,
    {"type": "response.function_call_arguments.delta", "sequence_number": 2, "delta": '{"a": 1}'} | _PLACE,
    {
        "type": "response.function_call_arguments.done",
        "sequence_number": 3,
        "name": "f",
        "arguments": '{"a": 1}',
    }
    | _PLACE,
    {
        "type": "response.completed",
        "sequence_number": 4,
        "response": _response(
            "completed",
            usage={
                "input_tokens": 5,
                "output_tokens": 7,
                "total_tokens": 12,
                "input_tokens_details": {"cached_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0},
            },
        ),
    },
)


def _candidate(text, **more):
    return {"candidates": [{"content": {"parts": [{"text": text}], "role": "model"}, "index": 0} | more]}


_GEMINI = (
    _candidate("Hel"),
    _candidate("lo"),
    _candidate(".", finishReason="STOP")
    | {"usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 7, "totalTokenCount": 12}},
)
GEMINI = sse(*_GEMINI)
GEMINI_ARRAY = [
    (b"[" if not i else b",\r\n") + json.dumps(each, indent=1).encode() for i, each in enumerate(_GEMINI)
] + [b"]"]
OLLAMA = [json.dumps({"response": w, "done": w == "."}).encode() + b"\n" for w in ("Hel", "lo", ".")]

STREAMS = {
    "/v1/chat/completions": ("text/event-stream", CHAT),
    "/v1/messages": ("text/event-stream", MESSAGES),
    "/v1/responses": ("text/event-stream", RESPONSES),
    "/v1beta/models/m:streamGenerateContent?alt=sse": ("text/event-stream", GEMINI),
    "/v1beta/models/m:streamGenerateContent": ("application/json", GEMINI_ARRAY),
    "/api/generate": ("application/x-ndjson", OLLAMA),
}
WHOLE = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}],
    "usage": USAGE,
}


class AiProvider:
    """Serves ``STREAMS`` by path, an event a chunk, ``gap`` seconds apart; ``/whole``: one document."""

    def __init__(self, gap: float = 0.0) -> None:
        self.gap = gap
        self.calls: list[str] = []
        self.heads: list[bytes] = []

    async def serve(self, reader, writer) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                low = head.lower()
                length = low.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                body = await reader.readexactly(int(length or 0))
                path = head.split(b" ")[1].decode()
                self.calls.append(path)
                self.heads.append(head)
                await self._answer(writer, path, body)

    async def _answer(self, writer, path, body) -> None:
        start = b"HTTP/1.1 200 OK\r\ncontent-type: "
        if path not in STREAMS or b'"stream": false' in body or b'"stream":false' in body:
            text = json.dumps(WHOLE).encode()
            writer.write(start + b"application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(text), text))
            await writer.drain()
            return
        kind, events = STREAMS[path]
        writer.write(start + kind.encode() + b"\r\ntransfer-encoding: chunked\r\n\r\n")
        for event in events:
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
            if self.gap:
                await asyncio.sleep(self.gap)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
