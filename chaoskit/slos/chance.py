"""Whether a number of draws is what its probabilities make likely: the Poisson-binomial distribution."""

import math
from statistics import NormalDist

from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Floats

EXACT = 4000
"""Up to so many draws the distribution is computed; beyond, it is a normal one."""

RARE = 1e-3
"""A number with less than this chance (both sides together) was not drawn as was asked."""


def is_likely(drawn: int, chances: Floats) -> bool:
    """Tell whether ``drawn`` of as many independent draws as there are ``chances`` is not too rare."""
    return two_sided(drawn, chances) >= RARE


def two_sided(drawn: int, chances: Floats) -> float:
    """Return the chance of a number at least as far out as ``drawn``, on the likelier of both sides twice."""
    if not 0 <= drawn <= len(chances):
        return 0.0
    if len(chances) <= EXACT:
        weights = distribution(chances)
        low, high = float(weights[: drawn + 1].sum()), float(weights[drawn:].sum())
    else:
        low, high = _normal(drawn, chances)
    return min(1.0, 2 * min(low, high))


def distribution(chances: Floats) -> Floats:
    """Return the chance of each number of successes, 0 to all of them."""
    weights = np.zeros(len(chances) + 1)
    weights[0] = 1.0
    for count, chance in enumerate(chances.tolist(), 1):
        weights[1 : count + 1] = weights[1 : count + 1] * (1 - chance) + weights[:count] * chance
        weights[0] *= 1 - chance
    return weights


def _normal(drawn: int, chances: Floats) -> tuple[float, float]:
    mean, variance = float(chances.sum()), float((chances * (1 - chances)).sum())
    if variance < 1e-9:
        return float(drawn >= round(mean)), float(drawn <= round(mean))
    law = NormalDist(mean, math.sqrt(variance))
    return law.cdf(drawn + 0.5), 1.0 - law.cdf(drawn - 0.5)
