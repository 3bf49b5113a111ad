"""A captured container that begins anew is captured again, in its new network namespace; the gap is told."""

import time
from dataclasses import dataclass, field

from chaoskit.core.experiment import Experiment
from chaoskit.run.proxies import Proxies
from chaoskit.run.stack import Stack

JUST = 5.0
"""Seconds for which the end of a container is still the work of a fault that is over."""


@dataclass(slots=True)
class Recapture:
    """What becomes of the capture of a compose service. ``problems`` are for the record."""

    experiment: Experiment
    stack: Stack | None
    proxies: Proxies
    problems: list[str]
    _followed: int = 0  # restarts that were seen to
    _lost: float | None = field(default=None)  # since when it is not captured

    def may_end(self, t: float | None) -> bool:
        """Tell whether a fault that ends the captured container is on at ``t``, or nearly."""
        if t is None or self.stack is None:
            return False
        service = self.stack.compose.service
        return any(
            each.fault.interrupts and each.service == service and each.overlaps(t - JUST, t + 1.0)
            for each in self.experiment.service_injections
        )

    def follow(self) -> str | None:
        """Capture anew what has begun anew; return a sentence about it, or None."""
        if self.stack is None or self.stack.restarts == self._followed:
            return None
        self._followed = self.stack.restarts
        if self.stack.compose.capture != "sidecar":
            return None
        self._lost = time.monotonic()
        self.proxies.again()
        return f"{self.stack.compose.service} began again; capturing it again"

    def done(self, t0: float | None) -> str | None:
        """Return a sentence where the proxy that came up closes a gap; what was missed in it is a problem."""
        lost, self._lost = self._lost, None
        if lost is None or self.stack is None:
            return None
        now = time.monotonic()
        gap = f"{self.stack.compose.service} was not captured for {now - lost:.1f}s"
        if t0 is not None:
            missed = [i.id for i in self.experiment.injections if i.overlaps(lost - t0, now - t0)]
            if missed:
                self.problems.append(f"{gap} while {', '.join(missed)} was on: no call was struck then")
        return f"captured again: {gap}"
