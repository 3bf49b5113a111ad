"""What AI providers say in their streams and answers.

Read from the sources of openai-python 2.x (chat completions and responses), anthropic-sdk-python, both of
August 2026, and from https://ai.google.dev/api/generate-content. All of it is JSON; a document of none of
these has no grammar and is left alone.
"""

from typing import Literal

from chaoskit.core.call import Call
from chaoskit.core.json_edit import Json, parsed

Grammar = Literal["chat", "responses", "messages", "gemini"]
"""OpenAI's Chat Completions (and what imitates it), its Responses, Anthropic's Messages, Gemini."""

Reason = Literal["stop", "length", "content_filter", "tool_calls"]

_MESSAGES = frozenset(
    {
        "message_start",
        "message_delta",
        "message_stop",
        "message",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "ping",
    }
)
_LAST = frozenset({"message_stop", "response.completed", "response.failed", "response.incomplete", "error"})
_REASONS: dict[Grammar, dict[Reason, str]] = {
    "chat": {
        "stop": "stop",
        "length": "length",
        "content_filter": "content_filter",
        "tool_calls": "tool_calls",
    },
    "messages": {
        "stop": "end_turn",
        "length": "max_tokens",
        "content_filter": "refusal",
        "tool_calls": "tool_use",
    },
    "gemini": {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"},
    "responses": {"length": "max_output_tokens", "content_filter": "content_filter"},
}
_PATHS: tuple[tuple[str, Grammar], ...] = (
    ("/chat/completions", "chat"),
    ("/responses", "responses"),
    ("/messages", "messages"),
    ("streamGenerateContent", "gemini"),
    ("generateContent", "gemini"),
)


def document(data: bytes) -> dict[str, Json] | None:
    """Return the JSON object that ``data`` is; None if it is none."""
    try:
        found = parsed(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def is_end(data: bytes) -> bool:
    """Tell whether the event is the one with which its grammar ends."""
    if data.strip() == b"[DONE]":
        return True
    found = document(data)
    if found is None:
        return False
    # "done" is Ollama's, whose stream is NDJSON
    return found.get("type") in _LAST or found.get("done") is True or _has_reason(found, "finishReason")


def has_reason(data: bytes) -> bool:
    """Tell whether the event says why the answer ended."""
    found = document(data)
    if found is None:
        return False
    delta = found.get("delta")
    return (
        _has_reason(found, "finishReason")
        or _has_reason(found, "finish_reason")
        or (isinstance(delta, dict) and isinstance(delta.get("stop_reason"), str))
    )


def grammar_of(found: dict[str, Json]) -> Grammar | None:
    """Return the grammar that a document is of; None if it does not tell."""
    kind = found.get("type")
    if isinstance(kind, str) and kind.startswith("response."):
        return "responses"
    if isinstance(kind, str) and kind in _MESSAGES:
        return "messages"
    if isinstance(found.get("choices"), list):
        return "chat"
    if isinstance(found.get("candidates"), list) or "usageMetadata" in found:
        return "gemini"
    return None


def grammar_of_call(call: Call) -> Grammar | None:
    """Return the grammar that a call's path is known for."""
    path = call.path.partition("?")[0]
    return next((grammar for end, grammar in _PATHS if path.endswith(end)), None)


def give_reason(found: dict[str, Json], reason: Reason) -> bool:
    """Let the document say that the answer ended for another ``reason``; False if it says nothing of it."""
    grammar = grammar_of(found)
    word = None if grammar is None else _REASONS[grammar].get(reason)
    if word is None:
        return False
    if grammar == "responses":
        return _give_incomplete(found, word)
    if grammar == "messages":
        delta = found.get("delta")
        return isinstance(delta, dict) and _replace(delta, "stop_reason", word)
    key, places = ("finish_reason", "choices") if grammar == "chat" else ("finishReason", "candidates")
    return sum(_replace(each, key, word) for each in _objects(found.get(places))) > 0


def break_arguments(found: dict[str, Json]) -> bool:
    """Take every closing brace out of the arguments of tool calls, so that they never parse."""
    kind = found.get("type")
    keys = {"partial_json", "arguments"}
    if kind == "response.function_call_arguments.delta":
        keys.add("delta")
    return _break(found, keys) if grammar_of(found) in ("chat", "responses", "messages") else False


def error_event(grammar: Grammar) -> tuple[str | None, Json]:
    """Return the name and data of the event with which a provider breaks off a stream."""
    failed = "The server had an error while processing your request. Sorry about that!"
    match grammar:
        case "chat":
            return None, {"error": {"message": failed, "type": "server_error", "param": None, "code": None}}
        case "responses":
            return "error", {"type": "error", "code": "server_error", "message": failed, "param": None}
        case "messages":
            return "error", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
        case "gemini":
            text = "The model is overloaded. Please try again later."
            return None, {"error": {"code": 503, "message": text, "status": "UNAVAILABLE"}}


def tokens(found: dict[str, Json]) -> tuple[int, int]:
    """Return the tokens (of input, of output) that a document says were used so far; 0 where it is silent.

    Anthropic's cache reads do not count, as in its own limits.
    """
    meta = found.get("usageMetadata")
    if isinstance(meta, dict):
        prompt = _number(meta, "promptTokenCount")
        return prompt, max(_number(meta, "candidatesTokenCount"), _number(meta, "totalTokenCount") - prompt)
    for holder in (found, found.get("response"), found.get("message")):
        usage = holder.get("usage") if isinstance(holder, dict) else None
        if isinstance(usage, dict):
            return (
                _number(usage, "prompt_tokens")
                + _number(usage, "input_tokens")
                + _number(usage, "cache_creation_input_tokens"),
                _number(usage, "completion_tokens") + _number(usage, "output_tokens"),
            )
    return 0, 0


def _give_incomplete(found: dict[str, Json], word: str) -> bool:
    inner = found.get("response")
    if found.get("type") != "response.completed" or not isinstance(inner, dict):
        return False
    found["type"] = "response.incomplete"
    inner["status"] = "incomplete"
    inner["incomplete_details"] = {"reason": word}
    return True


def _break(value: Json, keys: set[str]) -> bool:
    if isinstance(value, list):
        return sum(_break(each, keys) for each in value) > 0
    if not isinstance(value, dict):
        return False
    changed = False
    for key, inner in value.items():
        if key in keys and isinstance(inner, str):
            value[key] = inner.replace("}", "")
            changed = changed or value[key] != inner
        else:
            changed = _break(inner, keys) or changed
    return changed


def _replace(holder: dict[str, Json], key: str, word: str) -> bool:
    old = holder.get(key)
    if not isinstance(old, str) or old == word:
        return False
    holder[key] = word
    return True


def _has_reason(found: dict[str, Json], key: str) -> bool:
    place = "candidates" if key == "finishReason" else "choices"
    return any(isinstance(each.get(key), str) for each in _objects(found.get(place)))


def _objects(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _number(holder: dict[str, Json], key: str) -> int:
    value = holder.get(key)
    return value if isinstance(value, int) and value > 0 else 0
