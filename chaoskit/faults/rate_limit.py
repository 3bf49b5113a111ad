"""The provider says that it is called too often."""

import math
from typing import Literal

from chaoskit.core.actions import Reply
from chaoskit.core.call import Call, Headers
from chaoskit.core.content import check_headers, check_status, with_type
from chaoskit.core.fault import Fault, State
from chaoskit.core.frozen import frozen
from chaoskit.core.match import Key
from chaoskit.core.units import Count, Seconds

_PARTS = 100
"""Of a sliding window: its calls are counted in so many parts, and in the part that is going on."""


@frozen(kw_only=True)
class RateLimit(Fault):
    """The provider answers so many calls in a window of time and turns the others away.

    ``limit``: calls that it answers in a window.
    ``window``: the length of a window.
    ``algorithm``: ``fixed``: a window begins with the first call after the one before has ended. ``sliding``:
    no stretch of that length has more, counted in hundredths of it. ``token_bucket``: ``limit`` at once, and
    then as they come back, ``limit`` in a window's time.
    ``key``: whose calls share a quota: ``{header: authorization}`` or ``{client: true}``; default: all.
    ``status``: of the answer to the others.
    ``retry_after``: the form of ``Retry-After``, which names when a call passes again: ``seconds`` (rounded
    up), ``date``, or ``none`` of it.
    ``quota_headers``: what that answer says about the quota, in the form of ``openai``, ``github`` or
    ``ietf``; ``none`` says nothing, as Stripe.
    ``headers``, ``body``: the rest of that answer. A ``content-type`` is added that fits the body.
    """

    limit: Count
    window: Seconds = 1.0
    algorithm: Literal["fixed", "sliding", "token_bucket"] = "fixed"
    key: Key | None = None
    status: int = 429
    retry_after: Literal["seconds", "date", "none"] = "seconds"
    quota_headers: Literal["openai", "github", "ietf", "none"] = "none"
    headers: Headers = ()
    body: str = ""

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError(f"limit must be 1 or more, got {self.limit}; to turn away all calls use error")
        if not 0 < self.window < math.inf:
            raise ValueError(f"window must be above 0s, got {self.window:g}s")
        check_status(self.status, self.body)
        check_headers(self.headers)

    def key_of(self, call: Call) -> str | None:
        return None if self.key is None else self.key.of(call)

    def step(self, state: State, call: Call, now: float) -> tuple[State, Reply | None]:
        match self.algorithm:
            case "fixed":
                state, left = self._fixed(state, now)
            case "sliding":
                state, left = self._sliding(state, now)
            case "token_bucket":
                state, left = self._bucket(state, now)
        return state, None if left is None else self._reply(left)

    # each returns the state, and for a call that is turned away the seconds until one passes again

    def _fixed(self, state: State, now: float) -> tuple[State, float | None]:
        # (calls in the window, its beginning)
        count, began = state[:2]
        if count == 0 or now >= began + self.window:
            count, began = 0.0, now
        count += 1
        return (count, began), began + self.window - now if count > self.limit else None

    def _sliding(self, state: State, now: float) -> tuple[State, float | None]:
        # (number of the present part, calls in it, in the one before, ...)
        length = self.window / _PARTS
        part = max(math.floor(now / length), state[0])
        passed = int(min(part - state[0], _PARTS + 1))
        counts = [*[0.0] * passed, *state[1:]][: _PARTS + 1]
        if sum(counts) < self.limit:
            counts[0] += 1
            return (part, *counts), None
        age, left = _PARTS, sum(counts[:_PARTS])
        while left >= self.limit:
            age -= 1
            left -= counts[age]
        # the parts from that age on must have left the window
        return (part, *counts), (part + 1 + _PARTS - age) * length - now

    def _bucket(self, state: State, now: float) -> tuple[State, float | None]:
        # (what is missing to a full bucket, when)
        missing, last = state[:2]
        now = max(now, last)
        missing = max(0.0, missing - (now - last) * self.limit / self.window)
        # sums of floats must not cost a call that is due now
        if missing + 1 <= self.limit + 1e-9:
            return (missing + 1, now), None
        return (missing, now), (missing + 1 - self.limit) * self.window / self.limit

    def _reply(self, left: float) -> Reply:
        headers = with_type(self.headers, self.body)
        # microseconds are the noise of adding floats, and would round up to a second too much
        wait = max(1, math.ceil(round(left, 6)))
        if self.retry_after == "seconds":
            headers = (*headers, ("retry-after", str(wait)))
        return Reply(
            status=self.status,
            headers=(*headers, *_quota(self, left, wait)),
            body=self.body.encode(),
            retry_date_in=left if self.retry_after == "date" else None,
            epochs=(("x-ratelimit-reset", left),) if self.quota_headers == "github" else (),
        )


def _quota(fault: RateLimit, left: float, wait: int) -> Headers:
    """Return what is said about the quota, but for Unix times.

    OpenAI: github.com/openai/openai-openapi and its guide to rate limits: durations as in ``1s``, ``6m0s``,
    ``20ms``. GitHub: github/docs, rate-limits-for-the-rest-api.md.
    IETF: draft-ietf-httpapi-ratelimit-headers.
    """
    limit = fault.limit
    match fault.quota_headers:
        case "openai":
            return (
                ("x-ratelimit-limit-requests", f"{limit}"),
                ("x-ratelimit-remaining-requests", "0"),
                ("x-ratelimit-reset-requests", _duration(left)),
            )
        case "github":
            return (
                ("x-ratelimit-limit", f"{limit}"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-used", f"{limit}"),
                ("x-ratelimit-resource", "core"),
            )
        case "ietf":
            length = max(1, math.ceil(fault.window))
            return (
                ("ratelimit-policy", f'"default";q={limit};w={length}'),
                ("ratelimit", f'"default";r=0;t={wait}'),
            )
        case "none":
            return ()


def _duration(seconds: float) -> str:
    milliseconds = math.ceil(round(seconds * 1000, 3))
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, rest = divmod(milliseconds, 60_000)
    text = f"{rest / 1000:g}s"
    return f"{minutes}m{text}" if minutes else text
