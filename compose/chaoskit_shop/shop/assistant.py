"""Answer a customer's question with an AI provider, token by token.

The stream always says how it ended. ``event: interrupted`` and a ready-made sentence come in place of what
the provider did not deliver; ``data: [DONE]`` is last either way.
"""

import json
import ssl
from collections.abc import Iterable, Iterator

from chaoskit_shop.hosts import OPENAI
from chaoskit_shop.shop.build import Build
from chaoskit_shop.shop.client import Ask, Client
from chaoskit_shop.shop.failure import ProviderError

_END = "[DONE]"
_INSTEAD = "The assistant is not at its best just now. Our help page has the answer: /help"


class Assistant:
    """The AI provider, behind a promise to end."""

    def __init__(
        self, build: Build, trust: ssl.SSLContext | None = None, openai: str = f"https://{OPENAI}"
    ) -> None:
        self._client = Client("openai", openai, build, trust)
        self._has_fallback = build.has_fallback

    def answer(self, question: str, trace: dict[str, str]) -> Iterator[str]:
        """Yield server-sent events as the tokens come. Without a fallback, raises ProviderError."""
        ask = Ask(
            method="POST",
            path="/v1/chat/completions",
            headers={**trace, "authorization": "Bearer demo", "accept": "text/event-stream"},
            json={
                "model": "gpt-4o-mini",
                "stream": True,
                "messages": [{"role": "user", "content": question}],
            },
        )
        is_whole = False
        try:
            for text in events(self._client.stream(ask)):
                # Read on after the end: only an answer read to its last byte counts for the breaker and
                # leaves its connection to the next.
                if text == _END:
                    is_whole = True
                    continue
                yield f"data: {json.dumps({'text': token(text)})}\n\n"
        except (ProviderError, ValueError):
            if not (self._has_fallback or is_whole):
                raise
        # An orderly end of the connection is not the end of the answer: only [DONE] is.
        if not is_whole and self._has_fallback:
            yield f"event: interrupted\ndata: {json.dumps({'text': _INSTEAD})}\n\n"
        if is_whole or self._has_fallback:
            yield f"data: {_END}\n\n"


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
    chunk = json.loads(text)
    try:
        return str(chunk["choices"][0]["delta"].get("content", ""))
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(f"expected a chunk of an answer, got {text[:80]!r}") from error
