"""The provider can do only so much."""

import math
from typing import Literal

from chaoskit.core.actions import Close, Hold, Reply
from chaoskit.core.call import Call, Headers
from chaoskit.core.content import check_headers, check_status, with_type
from chaoskit.core.fault import Fault, State
from chaoskit.core.frozen import frozen
from chaoskit.core.units import PerSecondCurve, Seconds, Share


@frozen(kw_only=True)
class Capacity(Fault):
    """The provider answers so many calls a second, and turns the others away until the load goes down.

    ``rate``: calls a second that it answers; may change over the injection's time.
    ``burst``: what an idle provider saves up, as a time at that rate; at least one call.
    ``refusal_cost``: what turning a call away costs, as a share of answering one. Above 0%, a storm of
    retries leaves less for answers, down to nothing.
    ``refuse``: how: ``error`` (the answer below), ``rst``, ``fin``, or ``silence`` until the caller leaves.
    ``status``, ``headers``, ``body``: of the answer to those that are turned away. A ``content-type`` is
    added that fits the body.
    """

    rate: PerSecondCurve
    burst: Seconds = 0.25
    refusal_cost: Share = 0.0
    refuse: Literal["error", "rst", "fin", "silence"] = "error"
    status: int = 503
    headers: Headers = ()
    body: str = ""

    def __post_init__(self) -> None:
        if self.rate.peak() <= 0:
            raise ValueError("rate must be above 0/s at some time, got 0/s; to turn away all calls use error")
        if not 0 <= self.burst < math.inf:
            raise ValueError(f"burst must be 0s or more, got {self.burst:g}s")
        if not 0 <= self.refusal_cost <= 1:
            raise ValueError(f"refusal_cost must be 0% to 100%, got {self.refusal_cost:.0%}")
        check_status(self.status, self.body)
        check_headers(self.headers)

    def step(self, state: State, call: Call, now: float) -> tuple[State, Reply | Close | Hold | None]:
        # (what is left, in calls, when, whether it has begun)
        left, last, has_begun = state[:3]
        if not has_begun:
            left, last = self._most(0.0), 0.0
        now = max(now, last)
        left = min(self._most(now), left + self.rate.area(last, now))
        # sums of floats must not cost a call that is due now
        if left >= 1.0 - 1e-9:
            return (max(0.0, left - 1.0), now, 1.0), None
        return (max(0.0, left - self.refusal_cost), now, 1.0), self._refusal()

    def _most(self, now: float) -> float:
        rate = self.rate.at(now)
        return max(1.0, self.burst * rate) if rate > 0 else 0.0

    def _refusal(self) -> Reply | Close | Hold:
        match self.refuse:
            case "error":
                headers = with_type(self.headers, self.body)
                return Reply(status=self.status, headers=headers, body=self.body.encode())
            case "silence":
                return Hold()
            case how:
                return Close(reset=how == "rst")
