"""When calls to a provider were caused: when the request began whose trace they carry, else when they came.

A client that waits longer between its attempts than a phase lasts makes most of them after it. By the clock
those belong to the next phase; by their cause they do not.
"""

import math

from chaoskit.core.frozen import frozen
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Bools, Evidence, Floats
from chaoskit.slos.tied import among, trace_of


@frozen
class Caused:
    """Calls to one provider. ``is_tied``: ``at`` is when the request began that caused it, else ``came``."""

    at: Floats
    came: Floats
    is_tied: Bools

    def within(self, start: float, stop: float) -> "Caused":
        """Return those that were caused in ``[start, stop)``."""
        mask = (self.at >= start) & (self.at < stop)
        return Caused(self.at[mask], self.came[mask], self.is_tied[mask])

    def loose(self, start: float, stop: float) -> int:
        """Return how many came in ``[start, stop)`` of which the request is not known."""
        return int(np.count_nonzero(~self.is_tied & (self.came >= start) & (self.came < stop)))


def caused(evidence: Evidence, provider: str | None) -> Caused:
    """Return the calls to ``provider``, tied to the requests of all endpoints."""
    attempts = evidence.calls_to(provider)
    came = np.array([attempt.t for attempt in attempts], dtype=np.float64)
    trace = np.array([trace_of(attempt) for attempt in attempts], dtype=np.uint64)
    known = np.unique(trace[trace > 0])
    begun = np.full(len(known), math.nan)
    for samples in evidence.samples.values():
        found = among(samples.trace, known)
        begun[np.searchsorted(known, samples.trace[found])] = samples.start[found]
    at = came.copy()
    carried = among(trace, known)
    at[carried] = begun[np.searchsorted(known, trace[carried])]
    is_tied = carried & ~np.isnan(at)
    return Caused(np.where(is_tied, at, came), came, is_tied)
