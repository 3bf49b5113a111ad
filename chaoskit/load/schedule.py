"""When each arrival is due and what it asks for: pure functions of the seed and the slot's number.

Slot ``k`` is the k-th arrival of the whole run. Process ``i`` of ``n`` takes the slots ``i, i + n, ...``, so
the processes need not talk to each other, and how many there are changes no request.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, count, takewhile
from typing import Literal

from chaoskit.core.dice import Dice
from chaoskit.core.experiment import Endpoint, Experiment
from chaoskit.core.frozen import frozen


@frozen
class Slot:
    """One arrival: its number in the run, and when it is due (seconds after the load began)."""

    number: int
    due: float


@frozen(kw_only=True)
class Schedule:
    """Arrivals at ``rate`` a second for ``length`` seconds; Poisson gaps are exponential draws."""

    rate: float
    length: float
    seed: int = 0
    process: Literal["constant", "poisson"] = "constant"

    def slots(self, first: int = 0, step: int = 1) -> Iterator[Slot]:
        """Yield every ``step``-th slot from slot ``first`` on, in order, that is due before ``length``."""
        due = self._constant() if self.process == "constant" else self._poisson()
        for number, at in enumerate(takewhile(lambda at: at < self.length, due)):
            if number % step == first:
                yield Slot(number, at)

    def offered(self, start: float, stop: float) -> int:
        """Count the slots that are due in ``[start, stop)``; of constant gaps, however many, at once."""
        if self.process == "constant":
            return max(0, self._due_before(min(stop, self.length)) - self._due_before(start))
        return sum(1 for slot in self.slots() if start <= slot.due < stop)

    def _due_before(self, at: float) -> int:
        """Return how many slots of constant gaps are due before ``at``: the least k with k / rate >= at."""
        guess = max(0, math.ceil(at * self.rate))
        # both the product and the quotient are rounded: the number may be one off
        while guess > 0 and (guess - 1) / self.rate >= at:
            guess -= 1
        while guess / self.rate < at:
            guess += 1
        return guess

    def _constant(self) -> Iterator[float]:
        # k / rate, not a running sum: after an hour a sum has gathered k rounding errors
        return (number / self.rate for number in count())

    def _poisson(self) -> Iterator[float]:
        gaps = (Dice(self.seed, "load", str(number)).exponential("gap") for number in count())
        return accumulate(gap / self.rate for gap in gaps)


def of(experiment: Experiment) -> Schedule:
    """Return the schedule of an experiment with ``arrivals``: it begins ``settle`` before the first phase."""
    load = experiment.load
    assert load.arrivals is not None
    return Schedule(
        rate=load.arrivals,
        length=load.settle + experiment.length,
        seed=experiment.seed,
        process=load.process,
    )


class Mix:
    """Which endpoint a slot asks for: a draw by weight, the same in every process and every run."""

    def __init__(self, endpoints: tuple[Endpoint, ...], seed: int) -> None:
        """Prepare the draw; the weights must add up to more than 0."""
        self._endpoints = endpoints
        self._bounds = list(accumulate(each.weight for each in endpoints))
        self._seed = seed
        if not self._bounds or self._bounds[-1] <= 0:
            raise ValueError("endpoints need weights that add up to more than 0")

    def at(self, slot: int) -> Endpoint:
        """Return the endpoint that slot number ``slot`` asks for."""
        point = Dice(self._seed, "load", str(slot)).uniform(0.0, self._bounds[-1], "endpoint")
        return self._endpoints[min(bisect_right(self._bounds, point), len(self._endpoints) - 1)]
