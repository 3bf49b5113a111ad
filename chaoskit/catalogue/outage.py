"""An outage as it really went, and the same one in less time."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Literal

from chaoskit.core.curve import Curve
from chaoskit.core.distribution import Fixed
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.injection import ShareUnit
from chaoskit.core.match import Match
from chaoskit.core.rhythm import Reroll

Severity = Literal["source", "derived", "estimate"]
"""Where a share comes from: a source states it, it follows from figures that one states, or it is a guess."""

LEAST = 3.0
"""Seconds that every stretch of an outage keeps, so that something can happen in it."""


@frozen(kw_only=True)
class Part:
    """One thing that clients saw for a while. Times are seconds since the outage began, shares 0 to 1."""

    id: str
    start: float
    stop: float
    fault: Fault
    fault_name: str
    share: Curve
    unit: ShareUnit | None
    match: Match
    severity: Severity
    times: Literal["source", "derived", "mixed", "estimate"]
    reroll: Reroll | None = None
    provider: str | None = None  # another one than the outage's
    edge: str | None = None
    note: str = ""


@frozen(kw_only=True)
class Outage:
    """What happened, to whom, and what clients saw. It is a provider's, or an edge's and all behind it."""

    name: str
    title: str
    started: str  # ISO 8601
    lasted: float
    parts: tuple[Part, ...]
    provider: str | None = None
    edge: str | None = None
    scope: str = ""
    saw: tuple[str, ...] = ()
    recovery: str = ""
    confidence: Literal["high", "medium", "low"] = "medium"
    sources: tuple[str, ...] = ()
    note: str = ""

    @property
    def length(self) -> float:
        """Seconds until the last thing that clients saw was over."""
        return max(each.stop for each in self.parts)


@frozen
class Scale:
    """Instants of the outage, and of its replay; straight between them. Both begin with 0."""

    real: tuple[float, ...]
    told: tuple[float, ...]

    def at(self, t: float) -> float:
        """Return when in the replay the outage's instant ``t`` is."""
        i = min(max(bisect_right(self.real, t) - 1, 0), len(self.real) - 2)
        share = (t - self.real[i]) / (self.real[i + 1] - self.real[i])
        return self.told[i] + share * (self.told[i + 1] - self.told[i])

    def curve(self, curve: Curve, start: float) -> Curve:
        """Return a curve of the replay for one whose times count from the outage's instant ``start``."""
        begun = self.at(start)
        return Curve(tuple((round(self.at(start + t) - begun, 6), value) for t, value in curve.points))


def scale(outage: Outage, length: float) -> Scale:
    """Fit the outage into ``length`` seconds: long stretches give most, short ones nothing.

    A stretch lies between two instants at which something begins or ends, healthy gaps included. It keeps its
    own length up to ``LEAST`` seconds (less where there are too many). An outage that fits is left as it is.
    """
    real = sorted({0.0, *(each.start for each in outage.parts), *(each.stop for each in outage.parts)})
    stretches = [after - before for before, after in pairwise(real)]
    if real[-1] <= length:
        return Scale(tuple(real), tuple(real))
    floor = min(LEAST, 0.8 * length / len(stretches))
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if sum(_short(stretches, floor, middle)) > length else (middle, high)
    told = [0.0]
    for each in _short(stretches, floor, low):
        told.append(told[-1] + each)
    return Scale(tuple(real), tuple(round(each, 6) for each in told))


def _short(stretches: Sequence[float], floor: float, factor: float) -> list[float]:
    return [max(min(each, floor), each * factor) for each in stretches]


def not_kept(outage: Outage, fitted: Scale) -> tuple[str, ...]:
    """Say what the shorter replay cannot show. Timers are never shortened: they may outlast their part."""
    said: list[str] = []
    for part in outage.parts:
        length = fitted.at(part.stop) - fitted.at(part.start)
        lasted = part.stop - part.start
        if length >= lasted - 1e-6:
            continue
        if part.reroll is not None and part.reroll.every >= length:
            said.append(
                f"{part.id} is drawn once and not every {span(part.reroll.every)}: it lasts {span(length)} "
                f"instead of {span(lasted)}"
            )
        for name, seconds in timers(part.fault):
            if seconds >= length:
                said.append(
                    f"{part.id} keeps its {name} of {span(seconds)}, which is longer than it lasts here "
                    f"({span(length)} instead of {span(lasted)})"
                )
    return tuple(said)


def timers(fault: Fault) -> tuple[tuple[str, float], ...]:
    """Return the durations among a fault's parameters that belong to the world: ``(name, seconds)``."""
    found: list[tuple[str, float]] = []
    for each in fields(fault):  # type: ignore[arg-type] - a fault is a dataclass
        value = getattr(fault, each.name)
        if isinstance(value, Fixed):
            found.append((each.name, value.time))
        elif each.name in ("wait", "window") and isinstance(value, float) and value:
            found.append((each.name, value))
    return tuple(found)


def span(seconds: float) -> str:
    """Write a duration as people do: 12s, 90m, 6h."""
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g}{unit}"
    return f"{seconds:.3g}s"
