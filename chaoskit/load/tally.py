"""What the controller is told twice a second: totals of each endpoint, and the last second's p95."""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WINDOW = 1.0


@dataclass(slots=True)
class Counts:
    """Totals of one endpoint since the load began."""

    offered: int = 0
    done: int = 0
    good: int = 0
    degraded: int = 0
    recent: deque[tuple[float, float]] = field(default_factory=deque[tuple[float, float]])

    def p95(self, now: float) -> float | None:
        """Return the 95th percentile (x of rank 0.95 n, rounded up) of the last second's samples."""
        while self.recent and self.recent[0][0] < now - WINDOW:
            self.recent.popleft()
        if not self.recent:
            return None
        latencies = sorted(latency for _, latency in self.recent)
        return latencies[math.ceil(0.95 * len(latencies)) - 1]


@dataclass(slots=True)
class Tally:
    """The counts of all endpoints."""

    names: dict[str, Counts] = field(default_factory=dict[str, Counts])

    def of(self, name: str) -> Counts:
        """Return the counts of ``name``, new if it is."""
        found = self.names.get(name)
        if found is None:
            found = self.names[name] = Counts()
        return found

    def row(self, now: float) -> Mapping[str, Any]:
        """Return what a tick says of every endpoint."""
        return {
            name: {
                "offered": each.offered,
                "done": each.done,
                "good": each.good,
                "degraded": each.degraded,
                "p95": each.p95(now),
            }
            for name, each in self.names.items()
        }
