"""Abort conditions, evaluated live: a pure fold over what the load has counted so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chaoskit.core.experiment import Abort
from chaoskit.core.frozen import frozen

MIN_SAMPLES = 20
"""Fewer finished requests than this over the condition's time are no evidence that something is wrong."""


@frozen
class Counted:
    """Totals of one endpoint since the load began."""

    done: int
    good: int


@dataclass(slots=True)
class Guard:
    """One abort condition, and the totals it has been shown."""

    abort: Abort
    _seen: list[tuple[float, Counted]] = field(default_factory=list[tuple[float, Counted]])

    def show(self, t: float, totals: Mapping[str, Counted]) -> str | None:
        """Take the totals at ``t``; return why the run must end, or None.

        It must end when availability was below the limit over the last ``for_`` seconds, and in each
        second of them: one bad moment is not an outage.
        """
        names = self.abort.of or tuple(totals)
        known = [totals[name] for name in names if name in totals]
        self._seen.append((t, Counted(sum(c.done for c in known), sum(c.good for c in known))))
        start = self._before(t - self.abort.for_)
        if start is None:
            return None
        done, good = self._between(start, t)
        if done < MIN_SAMPLES or good >= self.abort.availability * done:
            return None
        if not self._bad_throughout(start, t):
            return None
        what = ", ".join(self.abort.of) or "all endpoints"
        return (
            f"availability of {what} was {good / done:.1%} over the last {self.abort.for_:g}s "
            f"({good} of {done}), below {self.abort.availability:.1%}"
        )

    def _before(self, t: float) -> float | None:
        """Return the time of the last showing at or before ``t``, and forget what is older."""
        earlier = [at for at, _ in self._seen if at <= t]
        if not earlier:
            return None
        self._seen = [entry for entry in self._seen if entry[0] >= earlier[-1]]
        return earlier[-1]

    def _between(self, start: float, stop: float) -> tuple[int, int]:
        counts = dict(self._seen)
        return counts[stop].done - counts[start].done, counts[stop].good - counts[start].good

    def _bad_throughout(self, start: float, stop: float) -> bool:
        begin = start
        for at, _ in self._seen:
            if at - begin < 1.0 and at < stop:
                continue
            done, good = self._between(begin, at)
            if done and good >= self.abort.availability * done:
                return False
            begin = at
        return True
