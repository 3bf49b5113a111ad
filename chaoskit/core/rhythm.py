"""When an injection is on, where that is not one stretch: several windows, a pulse, a draw for each period.

All of it comes down to windows that are known before the run starts, so that the timeline, the proxy, the
proofs and the charts need to know about windows only.
"""

import math
from collections.abc import Iterator, Sequence

from chaoskit.core.dice import Dice
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Seconds, Share

MOST_WINDOWS = 1000

type Span = tuple[float, float]
"""``[start, stop)`` in seconds into the run."""


@frozen
class Pulse:
    """On for ``length`` seconds at the beginning of every ``every`` seconds."""

    length: float
    every: float


@frozen(kw_only=True)
class Reroll:
    """In each period a new draw says whether the injection is on, for everybody at once.

    ``every``: the length of a period; the first begins with the injection.
    ``p``: how likely it is on in one.
    ``latch``: true: once it was on it stays on.
    """

    every: Seconds
    p: Share
    latch: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.every < math.inf:
            raise ValueError(f"every must be above 0s, got {self.every:g}s")
        if not 0 < self.p <= 1:
            raise ValueError(f"p must be above 0%, got {self.p:.0%}")


def windows(
    spans: Sequence[Span], pulse: Pulse | None, reroll: Reroll | None, seed: int, injection: str
) -> tuple[Span, ...]:
    """Return when the injection is on: within ``spans`` (in order), where pulse and draws say so too.

    Times of both count from the beginning of the first span. ValueError where that is too many windows.
    """
    found = list(spans)
    start, stop = spans[0][0], spans[-1][1]
    if pulse is not None:
        found = _both(found, _pulses(pulse, start, stop))
    if reroll is not None:
        found = _both(found, _drawn(reroll, start, stop, seed, injection))
    return tuple(_joined(found))


def _pulses(pulse: Pulse, start: float, stop: float) -> list[Span]:
    return [(at, round(at + pulse.length, 9)) for at in _beats(start, stop, pulse.every)]


def _drawn(reroll: Reroll, start: float, stop: float, seed: int, injection: str) -> list[Span]:
    found: list[Span] = []
    for number, at in enumerate(_beats(start, stop, reroll.every)):
        if Dice(seed, injection, f"period {number}").chance(reroll.p, "reroll"):
            found.append((at, stop if reroll.latch else round(at + reroll.every, 9)))
            if reroll.latch:
                break
    return found


def _beats(start: float, stop: float, every: float) -> Iterator[float]:
    count = math.ceil(round((stop - start) / every, 6))
    if count > MOST_WINDOWS:
        raise ValueError(f"expected at most {MOST_WINDOWS} periods, got {count}")
    return (round(start + number * every, 9) for number in range(count))


def _both(some: list[Span], others: list[Span]) -> list[Span]:
    found: list[Span] = []
    first = 0
    for start, stop in some:
        while first < len(others) and others[first][1] <= start:
            first += 1
        for low, high in others[first:]:
            if low >= stop:
                break
            if max(start, low) < min(stop, high):
                found.append((max(start, low), min(stop, high)))
    return found


def _joined(spans: list[Span]) -> list[Span]:
    found: list[Span] = []
    for start, stop in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    return found
