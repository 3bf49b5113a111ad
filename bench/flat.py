"""Whether a series of memory samples is flat. Pure."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

PER = 300.0
"""Seconds: growth is told for five minutes."""
MOST = 2.0
"""MiB in five minutes that count as flat."""
WARM = 0.1
"""The share of the time in which a worker may still fill its caches."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident bytes, after a collection of garbage, ``at`` seconds after the beginning."""

    at: float
    memory: int


def growth(samples: Sequence[Sample]) -> float:
    """Return how many MiB it grows in five minutes, after its first tenth: the Theil-Sen slope.

    That is the median of the slopes between pairs of samples at most a fifth of the time apart: neither
    spikes move it, nor a single step to what a busy minute made the allocator keep. Raises
    ValueError for fewer than 10 samples.
    """
    end = max((each.at for each in samples), default=0.0)
    late = [each for each in samples if each.at >= end * WARM]
    if len(late) < 10:
        raise ValueError(f"expected at least 10 samples after the first tenth, got {len(late)}")
    step = max(1, len(late) // 400)  # an hour's pairs would be a quarter of a million
    slopes = [
        (b.memory - a.memory) / (b.at - a.at)
        for a, b in combinations(late[::step], 2)
        if 0 < b.at - a.at <= end / 5
    ]
    return statistics.median(slopes) * PER / 1024 / 1024
