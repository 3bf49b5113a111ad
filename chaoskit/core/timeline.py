"""Which injections are on at a time: a pure function, the same in every process."""

import math
from collections.abc import Sequence

from chaoskit.core.frozen import frozen
from chaoskit.core.injection import Injection
from chaoskit.core.service import ServiceInjection


@frozen
class Active:
    """An injection that is on, and the share that it strikes now (0 to 1)."""

    injection: Injection
    share: float


@frozen
class Timeline:
    """The injections of an experiment, in the order of the file."""

    injections: tuple[Injection, ...]

    def desired(self, t: float) -> tuple[Active, ...]:
        """Return what is on at ``t``, in file order."""
        return at(self.on_at(t), t)

    def on_at(self, t: float) -> tuple[Injection, ...]:
        """Return the injections that are on at ``t``; the same ones until ``next_change(t)``."""
        return tuple(each for each in self.injections if each.is_on(t))

    def next_change(self, t: float) -> float:
        """Return the first instant after ``t`` at which an injection starts or stops; ``inf`` if none."""
        edges = (edge for each in self.injections for window in each.windows for edge in window)
        return min((edge for edge in edges if edge > t), default=math.inf)


def at(injections: Sequence[Injection], t: float) -> tuple[Active, ...]:
    """Return injections that are on at ``t``, with the share that they strike then."""
    return tuple([Active(each, each.share.at(t - each.start)) for each in injections])


def row(start: float, stop: float, length: float, width: int) -> str:
    """Draw ``[start, stop)`` as ``#`` on a line of ``width`` characters that stands for ``[0, length)``."""
    return _row(((start, stop),), length, width)


def _row(windows: Sequence[tuple[float, float]], length: float, width: int) -> str:
    step = length / width
    middles = ((i + 0.5) * step for i in range(width))
    return "".join("#" if any(start <= t < stop for start, stop in windows) else "." for t in middles)


def chart(injections: Sequence[Injection | ServiceInjection], length: float, width: int = 60) -> str:
    """Draw one row for each injection: its id, then when it is on."""
    margin = max((len(each.id) for each in injections), default=0)
    return "\n".join(f"{each.id:<{margin}} {_row(each.windows, length, width)}" for each in injections)
