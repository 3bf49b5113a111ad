"""One question to an AI provider: the words of its answer as they come, and an error unless it is whole.

Both read on after the end: only an answer read to its last byte counts for the breaker and leaves its
connection to the next.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from chaoskit_shop.shop.client import Ask, Client
from chaoskit_shop.shop.failure import ProviderError

END = "[DONE]"


def openai(client: Client, question: str, trace: dict[str, str]) -> Iterator[str]:
    """Yield the words. Raises ProviderError, or ValueError for what is not an answer, or not all of it."""
    ask = Ask(
        method="POST",
        path="/v1/chat/completions",
        headers={**trace, "authorization": "Bearer demo", "accept": "text/event-stream"},
        json={"model": "gpt-4o-mini", "stream": True, "messages": [{"role": "user", "content": question}]},
    )
    is_whole = False
    try:
        for text in events(client.stream(ask)):
            if text == END:
                is_whole = True
            else:
                yield token(text)
    except ProviderError:
        # What happens after the end takes nothing away from the answer.
        if not is_whole:
            raise
    _demand(is_whole=is_whole)


def anthropic(client: Client, question: str, trace: dict[str, str]) -> Iterator[str]:
    """Yield the words. Raises as ``openai`` does."""
    ask = Ask(
        method="POST",
        path="/v1/messages",
        headers={**trace, "x-api-key": "demo", "anthropic-version": "2023-06-01"},
        json={
            "model": "claude-haiku-4-5",
            "max_tokens": 200,
            "stream": True,
            "messages": [{"role": "user", "content": question}],
        },
    )
    is_whole = False
    try:
        for text in events(client.stream(ask)):
            event = _object(text)
            if event.get("type") == "message_stop":
                is_whole = True
            elif event.get("type") == "error":
                raise ValueError(f"expected an answer, got {text[:80]!r}")
            elif event.get("type") == "content_block_delta":
                yield str(event.get("delta", {}).get("text", ""))
    except ProviderError:
        if not is_whole:
            raise
    _demand(is_whole=is_whole)


def events(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield the text of each complete ``data:`` line; the pieces may be cut anywhere."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").strip().decode()


def token(text: str) -> str:
    """Return the words in one chunk; ValueError where it is not a chunk (an error sent in mid-stream)."""
    chunk = _object(text)
    try:
        return str(chunk["choices"][0]["delta"].get("content", ""))
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(f"expected a chunk of an answer, got {text[:80]!r}") from error


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError(f"expected an object, got {text[:80]!r}")  # noqa: TRY004 - the value is wrong
    return found


def _demand(*, is_whole: bool) -> None:
    # An orderly end of the connection is not the end of the answer.
    if not is_whole:
        raise ValueError("expected the answer's last event, got the end of the connection")
