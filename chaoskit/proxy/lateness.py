"""How late a worker's event loop is, and when it was so late that the target may have suffered from that."""

from collections.abc import Callable

from chaoskit.core.late import BOUND

EVERY = 0.05
"""Seconds between two looks."""
_MOST = 200
"""Stretches that are kept; of more, the two that are closest become one."""


class Lateness:
    """Is told when a look is due and when it comes. ``stretches``: the times of being late, monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with a loop that is in time."""
        self._clock = clock
        self._due: float | None = None
        self._behind = 0.0
        self._worst = 0.0
        self.stretches: list[tuple[float, float]] = []

    def expect(self) -> float:
        """Return when the next look is due."""
        self._due = self._clock() + EVERY
        return self._due

    def look(self) -> None:
        """Note that the look that was due has come."""
        assert self._due is not None
        now = self._clock()
        late = now - self._due
        self._worst = max(self._worst, late)
        # what has piled up meanwhile is worked on after this look, and is as old
        self._behind = late if late > BOUND else 0.0
        if late > BOUND:
            self._add(self._due - EVERY, now)

    def now(self) -> float:
        """Return how many seconds the loop is late at this instant, or was at the last look if that was more.

        Sockets come before timers: what a stalled worker does first, it does before it has looked.
        """
        return 0.0 if self._due is None else max(0.0, self._clock() - self._due, self._behind)

    def take_worst(self) -> float:
        """Return the worst lateness since the last time that this was asked."""
        worst, self._worst = self._worst, 0.0
        return worst

    def _add(self, start: float, stop: float) -> None:
        self.stretches.append((start, stop))
        if len(self.stretches) > _MOST:
            gaps = [b[0] - a[1] for a, b in zip(self.stretches, self.stretches[1:], strict=False)]
            at = gaps.index(min(gaps))
            self.stretches[at : at + 2] = [(self.stretches[at][0], self.stretches[at + 1][1])]
