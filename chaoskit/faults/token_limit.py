"""The provider counts tokens, and turns calls away when they are spent."""

import json
import math
from typing import Any, Literal

from chaoskit.core.actions import Reply
from chaoskit.core.call import Call, Headers
from chaoskit.core.fault import Fault, State
from chaoskit.core.frozen import frozen
from chaoskit.core.grammar import grammar_of_call
from chaoskit.core.units import Count, Seconds


@frozen(kw_only=True)
class TokenLimit(Fault):
    """An AI provider answers until a quota of tokens or calls is spent, then with 429 until it is renewed.

    Tokens are those that the answers themselves state, streamed or not: ``usage`` of OpenAI and Anthropic,
    ``usageMetadata`` of Gemini. They are counted while they pass, so a call that is under way is never cut.
    At least one of ``tokens`` and ``calls`` is needed.

    ``tokens``: of input and output together, in a window.
    ``calls``: answered in a window.
    ``window``: begins with the first call after the one before has ended.
    ``like``: whose 429 it is: ``openai``, ``anthropic``, ``gemini``, or ``path``: whose the call's path is
    known to be, else OpenAI's.
    """

    tokens: Count | None = None
    calls: Count | None = None
    window: Seconds = 60.0
    like: Literal["path", "openai", "anthropic", "gemini"] = "path"

    def __post_init__(self) -> None:
        if self.tokens is None and self.calls is None:
            raise ValueError("token_limit needs tokens or calls, got neither")
        for what, limit in (("tokens", self.tokens), ("calls", self.calls)):
            if limit is not None and limit < 1:
                raise ValueError(f"{what} must be 1 or more, got {limit}")
        if not 0 < self.window < math.inf:
            raise ValueError(f"window must be above 0s, got {self.window:g}s")

    def step(self, state: State, call: Call, now: float) -> tuple[State, Reply | None]:
        calls, spent, began = self._window(state, now)
        left = began + self.window - now
        if self.tokens is not None and spent >= self.tokens:
            return (calls, spent, began), self._reply(call, "tokens", self.tokens, left)
        if self.calls is not None and calls >= self.calls:
            return (calls, spent, began), self._reply(call, "requests", self.calls, left)
        return (calls + 1, spent, began), None

    def settle(self, state: State, call: Call, tokens: int, now: float) -> State:
        calls, spent, began = self._window(state, now)
        return calls, spent + tokens, began

    def _window(self, state: State, now: float) -> tuple[float, float, float]:
        calls, spent, began = (*state, 0.0, 0.0, 0.0)[:3]
        is_open = (calls > 0 or spent > 0) and now < began + self.window
        return (calls, spent, began) if is_open else (0.0, 0.0, now)

    def _reply(self, call: Call, what: str, limit: int, left: float) -> Reply:
        # microseconds are the noise of adding floats, and would round up to a second too much
        wait = max(1, math.ceil(round(left, 6)))
        known = {"messages": "anthropic", "gemini": "gemini"}
        like = known.get(grammar_of_call(call) or "", "openai") if self.like == "path" else self.like
        headers, body = {"openai": _openai, "anthropic": _anthropic, "gemini": _gemini}[like](
            what, limit, wait
        )
        return Reply(
            status=429,
            headers=(("content-type", "application/json"), ("retry-after", str(wait)), *headers),
            body=json.dumps(body).encode(),
        )


# Shapes: the OpenAI API reference, anthropic-python's exceptions, google.rpc.RetryInfo.


def _openai(what: str, limit: int, wait: int) -> tuple[Headers, Any]:
    text = (
        f"Rate limit reached on {what} per window: Limit {limit}, Used {limit}. Please try again in {wait}s."
    )
    headers = (
        ("retry-after-ms", str(wait * 1000)),
        (f"x-ratelimit-limit-{what}", str(limit)),
        (f"x-ratelimit-remaining-{what}", "0"),
        (f"x-ratelimit-reset-{what}", f"{wait}s"),
    )
    error = {"message": text, "type": what, "param": None, "code": "rate_limit_exceeded"}
    return headers, {"error": error}


def _anthropic(what: str, limit: int, wait: int) -> tuple[Headers, Any]:
    headers = (
        (f"anthropic-ratelimit-{what}-limit", str(limit)),
        (f"anthropic-ratelimit-{what}-remaining", "0"),
    )
    text = f"This request would exceed your rate limit of {limit} {what}. Try again in {wait}s."
    return headers, {"type": "error", "error": {"type": "rate_limit_error", "message": text}}


def _gemini(what: str, limit: int, wait: int) -> tuple[Headers, Any]:
    retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{wait}s"}
    text = f"You exceeded your current quota of {limit} {what}. Please retry in {wait}s."
    return (), {"error": {"code": 429, "message": text, "status": "RESOURCE_EXHAUSTED", "details": [retry]}}
