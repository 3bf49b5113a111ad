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
    _is_due: bool = False  # to be tried again

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
        self._lost = self._lost or time.monotonic()  # since the first of several in a row
        self._is_due = False
        self.proxies.again()
        return f"{self.stack.compose.service} began again; capturing it again"

    def is_early(self, t: float | None) -> bool:
        """Tell whether a worker that has ended at ``t`` is to be tried again: it may have come too early.

        An engine may say that a container began, and yet let nobody join it.
        """
        if self._lost is None or not self.may_end(t):
            return False
        self._is_due = True
        return True

    def try_again(self) -> None:
        """Capture it anew, if that is due."""
        if self._is_due:
            self._is_due = False
            self.proxies.again()

    def done(self, t0: float | None) -> str | None:
        """Return a sentence where the proxy that came up closes a gap; what was missed in it is a problem."""
        gap = self._close(t0)
        return None if gap is None else f"captured again: {gap}"

    def end(self, t0: float | None) -> None:
        """Note what was missed where no proxy came up again before the end."""
        self._close(t0)

    def _close(self, t0: float | None) -> str | None:
        lost, self._lost = self._lost, None
        if lost is None or self.stack is None:
            return None
        now = time.monotonic()
        gap = f"{self.stack.compose.service} was not captured for {now - lost:.1f}s"
        if t0 is not None:
            missed = [i.id for i in self.experiment.injections if i.overlaps(lost - t0, now - t0)]
            if missed:
                self.problems.append(f"{gap} while {', '.join(missed)} was on: no call was struck then")
        return gap
