"""How long a delay lasts: a number of seconds drawn for each call.

In YAML a bare duration is ``Fixed``; the others are one key, the class's name in lower case, over its
parameters: ``lognormal: {median: 200ms, p99: 2s}``.
"""

import math
from statistics import NormalDist

from chaoskit.core.dice import Dice
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Seconds

_P99 = NormalDist().inv_cdf(0.99)


@frozen
class Fixed:
    """The same time for every call."""

    time: Seconds

    def __post_init__(self) -> None:
        _at_least_zero("time", self.time)

    def draw(self, dice: Dice) -> float:
        """Return seconds, 0 or more."""
        return self.time


@frozen(kw_only=True)
class Uniform:
    """Any time in ``[from, to)``, each as likely."""

    from_: Seconds
    to: Seconds

    def __post_init__(self) -> None:
        _at_least_zero("from", self.from_)
        if not self.from_ <= self.to < math.inf:
            raise ValueError(f"to must be at least from ({self.from_:g}s), got {self.to:g}s")

    def draw(self, dice: Dice) -> float:
        """Return seconds, 0 or more."""
        return dice.uniform(self.from_, self.to, "delay")


@frozen(kw_only=True)
class Normal:
    """Times around ``mean``; one that would be below zero is zero."""

    mean: Seconds
    deviation: Seconds
    at_most: Seconds | None = None

    def __post_init__(self) -> None:
        _at_least_zero("mean", self.mean)
        _at_least_zero("deviation", self.deviation)
        _cap(self.at_most)

    def draw(self, dice: Dice) -> float:
        """Return seconds, 0 or more."""
        return _capped(max(0.0, self.mean + self.deviation * dice.normal("delay")), self.at_most)


@frozen(kw_only=True)
class Lognormal:
    """Half the calls take up to ``median``, and a few take much longer, as most networks and services do.

    ``p99``: 99 of 100 calls take up to this long. Or give ``sigma``, the deviation of the logarithm.
    """

    median: Seconds
    p99: Seconds | None = None
    sigma: float | None = None
    at_most: Seconds | None = None

    def __post_init__(self) -> None:
        _above_zero("median", self.median)
        if (self.p99 is None) == (self.sigma is None):
            given = "neither" if self.p99 is None else "both"
            raise ValueError(f"lognormal needs p99 or sigma, got {given}")
        if self.p99 is not None and not self.median <= self.p99 < math.inf:
            raise ValueError(f"p99 must be at least the median ({self.median:g}s), got {self.p99:g}s")
        if self.sigma is not None and not 0 <= self.sigma < math.inf:
            raise ValueError(f"sigma must be 0 or more, got {self.sigma:g}")
        _cap(self.at_most)

    @property
    def spread(self) -> float:
        """Deviation of the logarithm, whichever way it was given."""
        if self.sigma is not None:
            return self.sigma
        assert self.p99 is not None
        return math.log(self.p99 / self.median) / _P99

    def draw(self, dice: Dice) -> float:
        """Return seconds, above 0."""
        return _capped(self.median * _exp(self.spread * dice.normal("delay")), self.at_most)


@frozen(kw_only=True)
class Pareto:
    """Never less than ``least``, with a tail that is the heavier the smaller ``shape`` is.

    At a ``shape`` of 1 or less the mean is infinite: say ``at_most``.
    """

    least: Seconds
    shape: float
    at_most: Seconds | None = None

    def __post_init__(self) -> None:
        _above_zero("least", self.least)
        if not 0 < self.shape < math.inf:
            raise ValueError(f"shape must be above 0, got {self.shape:g}")
        _cap(self.at_most)

    def draw(self, dice: Dice) -> float:
        """Return seconds, at least ``least`` unless ``at_most`` is smaller."""
        return _capped(self.least * _exp(dice.exponential("delay") / self.shape), self.at_most)


Distribution = Fixed | Uniform | Normal | Lognormal | Pareto


def _exp(power: float) -> float:
    # far above this, exp() raises, and the product is infinite: at_most could not hold it down
    return math.exp(min(power, 600.0))


def _capped(seconds: float, at_most: float | None) -> float:
    return seconds if at_most is None else min(seconds, at_most)


def _cap(at_most: float | None) -> None:
    if at_most is not None:
        _above_zero("at_most", at_most)


def _at_least_zero(what: str, seconds: float) -> None:
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{what} must be 0s or more, got {seconds:g}s")


def _above_zero(what: str, seconds: float) -> None:
    if not 0 < seconds < math.inf:
        raise ValueError(f"{what} must be above 0s, got {seconds:g}s")
