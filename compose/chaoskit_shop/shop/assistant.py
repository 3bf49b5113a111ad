"""Answer a customer's question with an AI provider, token by token, or with a second one.

The stream always says how it ended. ``event: again`` means that another provider starts from the beginning;
``event: interrupted`` and a ready-made sentence come in place of what nobody delivered; ``data: [DONE]`` is
last either way.
"""

import json
import ssl
from collections.abc import Iterator

from chaoskit_shop.hosts import ANTHROPIC, OPENAI
from chaoskit_shop.shop import ai
from chaoskit_shop.shop.build import Build
from chaoskit_shop.shop.client import Client
from chaoskit_shop.shop.failure import ProviderError

_INSTEAD = "The assistant is not at its best just now. Our help page has the answer: /help"


class Assistant:
    """The AI providers, behind a promise to end."""

    def __init__(
        self,
        build: Build,
        trust: ssl.SSLContext | None = None,
        openai: str = f"https://{OPENAI}",
        anthropic: str = f"https://{ANTHROPIC}",
    ) -> None:
        self._openai = Client("openai", openai, build, trust)
        self._anthropic = Client("anthropic", anthropic, build, trust)
        self._has_fallback = build.has_fallback
        self._is_naive = not build.has_keys

    def answer(self, question: str, trace: dict[str, str]) -> Iterator[str]:
        """Yield server-sent events as the tokens come. Naively, raises ProviderError."""
        first = ai.openai(self._openai, question, trace)
        try:
            yield from _told(first)
        except (ProviderError, ValueError):
            if self._is_naive:
                raise
            yield from self._instead(question, trace)
        yield f"data: {ai.END}\n\n"

    def _instead(self, question: str, trace: dict[str, str]) -> Iterator[str]:
        try:
            if self._has_fallback:
                # A sentence begun by one model cannot be ended by another.
                yield "event: again\ndata: {}\n\n"
                yield from _told(ai.anthropic(self._anthropic, question, trace))
                return
        except (ProviderError, ValueError):
            pass
        yield f"event: interrupted\ndata: {json.dumps({'text': _INSTEAD})}\n\n"


def _told(words: Iterator[str]) -> Iterator[str]:
    return (f"data: {json.dumps({'text': each})}\n\n" for each in words)
