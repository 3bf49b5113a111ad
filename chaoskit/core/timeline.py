"""Which injections are on at a time: a pure function, the same in every process."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from chaoskit.core.experiment import Injection


@dataclass(frozen=True, slots=True)
class Active:
    """An injection that is on, and the share that it strikes now (0 to 1)."""

    injection: Injection
    share: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The injections of an experiment, in the order of the file."""

    injections: tuple[Injection, ...]

    def desired(self, t: float) -> tuple[Active, ...]:
        """Return what is on at ``t``: each injection with ``start <= t < stop``, in file order."""
        return tuple(
            Active(each, each.share.at(t - each.start))
            for each in self.injections
            if each.start <= t < each.stop
        )

    def next_change(self, t: float) -> float:
        """Return the first instant after ``t`` at which an injection starts or stops; ``inf`` if none."""
        edges = (edge for each in self.injections for edge in (each.start, each.stop))
        return min((edge for edge in edges if edge > t), default=math.inf)


def row(start: float, stop: float, length: float, width: int) -> str:
    """Draw ``[start, stop)`` as ``#`` on a line of ``width`` characters that stands for ``[0, length)``."""
    step = length / width
    return "".join("#" if start <= (i + 0.5) * step < stop else "." for i in range(width))


def chart(injections: Sequence[Injection], length: float, width: int = 60) -> str:
    """Draw one row for each injection: its id, then when it is on."""
    margin = max((len(each.id) for each in injections), default=0)
    return "\n".join(
        f"{each.id:<{margin}} {row(each.start, each.stop, length, width)}" for each in injections
    )
