"""A share of samples, with bounds that know that failures come in bursts.

The samples are cut into blocks of 1 s and of 5 s. Where bad samples flock together, the blocks differ more
than chance alone makes them differ; by that factor (the design effect) each sample is worth less. It costs
nothing where samples are independent.
"""

from dataclasses import dataclass

from chaoskit.core.objective import Comparison
from chaoskit.core.verdict import Verdict
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Bools, Floats
from chaoskit.slos.stats import bounds, needed

BLOCKS = (1.0, 5.0)
"""Seconds. Longer bursts than the longest of these still make the bounds too narrow."""

FEWEST_BLOCKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
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
    block = ((start - start.min()) / length).astype(np.int64)
    count = np.bincount(block)
    excess = np.bincount(block, weights=good) - share * count
    filled = int(np.count_nonzero(count))
    if filled < FEWEST_BLOCKS:
        return 0.0
    return filled / (filled - 1) * float(np.square(excess).sum()) / len(good) ** 2
