"""How a body passes: whole, slowly, or only its beginning. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from chaoskit.core.actions import Cut, Pace, Stall
from chaoskit.core.decide import Strike

_STEP = 0.05
"""Seconds: a paced body moves about twenty times a second."""
_LARGEST = 64 * 1024


@dataclass(slots=True)
class Pump:
    """The limits on one body. Times are monotonic seconds."""

    ending: Strike[Cut | Stall] | None = None
    rate: float = math.inf
    passed: int = 0
    chunks: int = 0
    free_at: float = 0.0  # when the line has carried everything that was put on it

    def slow_down(self, pace: Pace) -> None:
        """Pass no more than ``pace.rate`` bytes a second; of several, the slowest counts."""
        self.rate = min(self.rate, pace.rate)

    def end_early(self, strike: Strike[Cut | Stall]) -> None:
        """Stop as ``strike`` says; the first that was asked for counts."""
        if self.ending is None:
            self.ending = strike

    def lift(self) -> None:
        """Let all that follows pass, at once."""
        self.rate = math.inf
        self.ending = None

    def has_ended(self) -> bool:
        """Tell whether all that may pass has passed."""
        match self.ending:
            case None:
                return False
            case Strike(action=Stall(after=after, chunks=True)):
                return self.chunks >= after
            case Strike(action=action):
                return self.passed >= action.after

    def take(self, data: bytes) -> bytes:
        """Return the part of a chunk that may pass, and count it."""
        match self.ending:
            case None | Strike(action=Stall(chunks=True)):
                piece = data
            case Strike(action=action):
                piece = data[: max(0, action.after - self.passed)]
        self.passed += len(piece)
        self.chunks += 1
        return piece

    def parts(self, data: bytes, now: float) -> Iterator[tuple[bytes, float | None]]:
        """Split ``data`` into what may be sent at which instant (None: now).

        A part is due when the line would have carried its last byte, so that at no instant more than
        ``rate`` x time has passed.
        """
        if self.rate == math.inf:
            if data:
                yield data, None
            return
        size = max(1, min(_LARGEST, int(self.rate * _STEP)))
        self.free_at = max(self.free_at, now)
        for start in range(0, len(data), size):
            if self.rate == math.inf:  # lifted meanwhile
                yield data[start:], None
                return
            part = data[start : start + size]
            self.free_at += len(part) / self.rate
            yield part, self.free_at
