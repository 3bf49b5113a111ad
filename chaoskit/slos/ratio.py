"""A share of samples, with bounds that know that failures come in bursts.

The samples are cut into blocks of 1 s and of 5 s. Where bad samples flock together, the blocks differ more
than chance alone makes them differ; by that factor (the design effect) each sample is worth less. It costs
nothing where samples are independent.
"""

from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Comparison
from chaoskit.core.verdict import Verdict
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Bools, Floats, Numbers
from chaoskit.slos.stats import bounds, needed

BLOCKS = (1.0, 5.0)
"""Seconds. Longer bursts than the longest of these still make the bounds too narrow."""

FEWEST_BLOCKS = 8


@frozen(kw_only=True)
class Ratio:
    """``good`` of ``n`` samples; ``lower`` and ``upper`` each hold with the stated confidence."""

    good: int
    n: int
    deff: float
    lower: float
    upper: float

    @property
    def value(self) -> float:
        return self.good / self.n if self.n else 0.0

    @property
    def effective(self) -> float:
        return self.n / self.deff

    def against(self, limit: Comparison) -> Verdict:
        """Pass where even the worse bound keeps to the limit, fail where even the better one does not."""
        worst, best = (self.lower, self.upper) if limit.op == ">=" else (self.upper, self.lower)
        if self.n and limit.holds(worst):
            return Verdict.PASS
        return Verdict.INCONCLUSIVE if limit.holds(best) else Verdict.FAIL

    def needed(self, limit: float, confidence: float) -> int | None:
        """Return how many samples would settle it, if they went on like these."""
        enough = needed(self.value if self.n else 1.0, limit, self.deff, confidence)
        return None if enough is None else max(enough, self.n + 1)


def ratio(start: Floats, good: Bools, confidence: float, missing: int = 0) -> Ratio:
    """Return the share of ``good`` samples. ``missing`` more are known to be bad, but not when."""
    right, n = int(np.count_nonzero(good)), len(good) + missing
    deff = design_effect(start, good)
    lower, upper = bounds(right, n, deff, confidence)
    return Ratio(good=right, n=n, deff=deff, lower=lower, upper=upper)


def design_effect(start: Floats, good: Bools) -> float:
    """Return how many samples are worth one, from how much blocks of time differ; at least 1."""
    n = len(good)
    share = float(np.count_nonzero(good)) / n if n else 0.0
    if share in (0.0, 1.0):
        return 1.0
    by_chance = share * (1 - share) / n
    return max(1.0, *(_variance(start, good, share, length) / by_chance for length in BLOCKS))


def _variance(start: Floats, good: Bools, share: float, length: float) -> float:
    """Return the variance of the share as blocks of ``length`` seconds show it; 0 if there are too few."""
    # whichever are fewer are looked for, the good or the bad: that is fast where one of them is rare
    count, few = blocks(start, good if share < 0.5 else ~good, length)
    excess = (few if share < 0.5 else count - few) - share * count
    filled = int(np.count_nonzero(count))
    if filled < FEWEST_BLOCKS:
        return 0.0
    return filled / (filled - 1) * float(np.square(excess).sum()) / len(good) ** 2


def blocks(start: Floats, mask: Bools, length: float) -> tuple[Numbers, Numbers]:
    """Return how many samples each block of ``length`` seconds has, and how many of them are in ``mask``."""
    if (start[1:] >= start[:-1]).all():
        edges = _edges(start, length)
        return np.diff(edges), counted(mask, edges)
    block = _block(start, start.min(), length)
    count = np.bincount(block)
    return count, np.bincount(block[mask], minlength=len(count))


def counted(mask: Bools, edges: Numbers) -> Numbers:
    """Return how many of ``mask`` are between each two ``edges``, which are sorted indices."""
    return np.diff(np.searchsorted(np.flatnonzero(mask), edges))


def _edges(start: Floats, length: float) -> Numbers:
    """Return where each block begins among sorted samples, and where the last one ends.

    All edges are bisected at once: a few dozen looks at each, instead of one at each sample.
    """
    number = np.arange(1, int(_block(start[-1:], start[0], length)[0]) + 1)
    low, high = np.zeros(len(number), dtype=np.int64), np.full(len(number), len(start) - 1)
    while (low < high).any():
        middle = (low + high) >> 1
        is_before = _block(start[middle], start[0], length) < number
        low, high = np.where(is_before, middle + 1, low), np.where(is_before, high, middle)
    return np.concatenate([[0], low, [len(start)]])


def _block(start: Floats, first: float, length: float) -> Numbers:
    return ((start - first) / length).astype(np.int64)
