"""The provider says that it is called too often."""

import math
from dataclasses import dataclass
from typing import Literal

from chaoskit.core.actions import Reply
from chaoskit.core.call import Call, Headers
from chaoskit.core.content import check_headers, check_status, with_type
from chaoskit.core.fault import Fault, State
from chaoskit.core.units import Count, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit(Fault):
    """The provider answers so many calls in a window of time and turns the others away.

    ``limit``: calls that it answers in a window.
    ``window``: a window begins with the first call after the one before has ended.
    ``status``: of the answer to the others.
    ``retry_after``: the form of ``Retry-After``, which names the window's end: ``seconds`` (rounded up),
    ``date``, or ``none`` of it.
    ``headers``, ``body``: the rest of that answer. A ``content-type`` is added that fits the body.
    """

    limit: Count
    window: Seconds = 1.0
    status: int = 429
    retry_after: Literal["seconds", "date", "none"] = "seconds"
    headers: Headers = ()
    body: str = ""

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError(f"limit must be 1 or more, got {self.limit}; to turn away all calls use error")
        if not 0 < self.window < math.inf:
            raise ValueError(f"window must be above 0s, got {self.window:g}s")
        check_status(self.status, self.body)
        check_headers(self.headers)

    def step(self, state: State, call: Call, now: float) -> tuple[State, Reply | None]:
        # (calls in the window, its beginning)
        count, began = state[:2]
        if count == 0 or now >= began + self.window:
            count, began = 0.0, now
        count += 1
        return (count, began), self._reply(began + self.window - now) if count > self.limit else None

    def _reply(self, left: float) -> Reply:
        headers = with_type(self.headers, self.body)
        # microseconds are the noise of adding floats, and would round up to a second too much
        wait = max(1, math.ceil(round(left, 6)))
        if self.retry_after == "seconds":
            headers = (*headers, ("retry-after", str(wait)))
        return Reply(
            status=self.status,
            headers=headers,
            body=self.body.encode(),
            retry_date_in=left if self.retry_after == "date" else None,
        )
