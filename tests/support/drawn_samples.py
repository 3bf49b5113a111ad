"""Samples of services as they could be: drawn with the core's dice, so that they are the same each time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from math import exp

from chaoskit.core.dice import Dice

RATES = {"checkout": 15, "catalogue": 35}
"""Arrivals a second."""


@dataclass(frozen=True)
class Sample:
    endpoint: str
    t: float
    latency: float
    cause: str = ""  # why it was not good
    degraded: bool = False
    calls: int = 0  # attempts to the provider
    hits: int = 0


def usual(endpoint: str, t: float, dice: Dice) -> Sample:
    middle = 0.09 if endpoint == "checkout" else 0.022
    return Sample(endpoint, t, middle * exp(0.32 * dice.normal()), calls=int(endpoint == "checkout"))


def failover(endpoint: str, t: float, dice: Dice) -> Sample:
    """Wait 1 s for stripe until a breaker opens after 1.5 s, then charge elsewhere; half-open every 5 s."""
    plain = usual(endpoint, t, dice)
    if endpoint != "checkout" or not 20 <= t < 50.9:
        return plain
    if t >= 50:
        return replace(plain, latency=0.15 * exp(0.2 * dice.normal()), degraded=True, calls=0)
    if t < 20.2:
        return replace(plain, latency=5.0, cause="deadline", hits=1)
    if t < 21.5 or t % 5 < 0.1:
        return replace(plain, latency=1.0 + 0.15 * exp(0.2 * dice.normal()), degraded=True, hits=1)
    return replace(plain, latency=0.15 * exp(0.25 * dice.normal()), degraded=True, calls=0)


def naive(endpoint: str, t: float, dice: Dice) -> Sample:
    """Wait for stripe without a timeout of its own; from 27 s on its threads are all taken."""
    plain = usual(endpoint, t, dice)
    if endpoint == "checkout" and 20 <= t < 52:
        return replace(plain, latency=5.0, cause="deadline", calls=1, hits=int(t < 50))
    starved = 27 <= t < 53
    if endpoint == "catalogue" and starved:
        late = 5.0 * dice.uniform(0.2, 1.6, "queue")
        return replace(plain, latency=min(5.0, late), cause="deadline" if late >= 5 else "")
    return plain


def blind(endpoint: str, t: float, dice: Dice) -> Sample:
    """Call stripe past the proxy, so that nothing is hit and nothing is noticed."""
    return replace(usual(endpoint, t, dice), calls=0)


@cache
def samples(story: Callable[[str, float, Dice], Sample], until: int) -> tuple[Sample, ...]:
    return tuple(
        story(endpoint, n / rate, Dice(7, endpoint, str(n)))
        for endpoint, rate in RATES.items()
        for n in range(rate * until)
    )
