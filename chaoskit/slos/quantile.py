"""Percentiles as order statistics of all samples, where a failed sample is infinitely late.

The percentile q of n samples is the one of rank ceil(q n): a latency that somebody really saw, never
an average of two.
"""

import math

from chaoskit.core.frozen import frozen
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Floats, Samples
from chaoskit.slos.ratio import ratio
from chaoskit.slos.stats import z


@frozen
class Quantile:
    """Seconds; ``inf`` where a failed sample has that rank, or where the rank lies beyond the samples."""

    value: float
    lower: float
    upper: float


def lateness(samples: Samples) -> Floats:
    """Return each sample's latency, infinite where it failed."""
    return np.where(samples.good, samples.latency, np.inf)


def order_statistic(values: Floats, q: float) -> float:
    """Return the percentile ``q`` (0 to 1) of at least one value."""
    place = rank(q, len(values))
    return float(np.partition(values, place)[place])


def rank(q: float, n: int) -> int:
    """Return where the percentile ``q`` is among ``n`` sorted values, counted from 0."""
    return max(1, math.ceil(q * n - 1e-9)) - 1


def quantile(samples: Samples, q: float, confidence: float) -> Quantile:
    """Return the percentile ``q`` with one-sided bounds, both widened where lateness comes in bursts."""
    n = len(samples)
    if not n:
        return Quantile(math.inf, 0.0, math.inf)
    values = np.sort(lateness(samples))
    value = float(values[rank(q, n)])
    deff = ratio(samples.start, lateness(samples) <= value, confidence, bursts=0.0).deff
    spread = z(confidence) * math.sqrt(q * (1 - q) * n * deff)
    below, above = math.floor(q * n - spread), math.ceil(q * n + spread)
    return Quantile(
        value,
        float(values[below - 1]) if below >= 1 else 0.0,
        float(values[above - 1]) if above <= n else math.inf,
    )


def finite(value: float) -> float | None:
    """Return ``value``, or None where a failed sample stands for it: JSON has no infinity."""
    return value if math.isfinite(value) else None
