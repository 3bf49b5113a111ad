"""Bounds on a ratio, from counts alone: Wilson, and Clopper-Pearson where few events make Wilson too narrow.

All bounds are one-sided: each of ``lower`` and ``upper`` holds with the confidence that is stated.
Counts may be fractions, because bursts make samples worth less than one each.
"""

import math
from functools import cache
from statistics import NormalDist

FEW = 30
MANY = 60
MOST_NEEDED = 10**10
"""Up to ``FEW`` events (good or bad) the bound is exact, as Wilson's coverage dips near 0 and 1; from
``MANY`` on it is Wilson's. Between them one passes into the other: a jump would make one more bad sample
help."""


def z(confidence: float) -> float:
    """Return how many standard deviations a one-sided bound keeps away."""
    return NormalDist().inv_cdf(confidence)


@cache
def short_of(freedom: int, confidence: float) -> float:
    """Return how much wider a bound must be whose spread is known from ``freedom`` + 1 parts only.

    It is Student's quantile over the normal one: 1.11 for 9, 1.02 for 39, at 95 %.
    """
    # at 50 % both are 0; their ratio hardly moves below 60 %
    sure = max(confidence, 0.6)
    x = beta_quantile(2 * (1 - sure), freedom / 2, 0.5)
    return math.sqrt(freedom * (1 - x) / x) / z(sure)


def wilson(good: float, n: float, confidence: float) -> tuple[float, float]:
    """Return Wilson's score bounds on the share ``good / n``; (0, 1) of nothing."""
    if n <= 0:
        return 0.0, 1.0
    share, square = good / n, z(confidence) ** 2
    middle = share + square / (2 * n)
    spread = z(confidence) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, (middle - spread) / (1 + square / n)), min(1.0, (middle + spread) / (1 + square / n))


def clopper_pearson(good: float, n: float, confidence: float) -> tuple[float, float]:
    """Return the exact bounds on the share ``good / n``, which never promise too much; (0, 1) of nothing."""
    bad = n - good
    lower = 0.0 if good <= 0 else 1.0 - beta_quantile(confidence, bad + 1, good)
    upper = 1.0 if bad <= 0 else 1.0 - beta_quantile(1 - confidence, bad, good + 1)
    return lower, upper


def bounds(good: float, n: int, deff: float, confidence: float) -> tuple[float, float]:
    """Return bounds on ``good / n`` where ``deff`` samples are worth one."""
    right, size = good / deff, n / deff
    exact = min(1.0, max(0.0, (MANY - min(right, size - right)) / (MANY - FEW)))
    if exact == 0.0:
        return wilson(right, size, confidence)
    lower, upper = clopper_pearson(right, size, confidence)
    if exact == 1.0:
        return lower, upper
    low, high = wilson(right, size, confidence)
    return exact * lower + (1 - exact) * low, exact * upper + (1 - exact) * high


def newcombe(
    after: tuple[float, float, float], before: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Return the difference of two shares, each given as (value, lower, upper), with its bounds.

    Newcombe's square-and-add: the two distances to the bounds add up like the sides of a right angle.
    """
    gap = after[0] - before[0]
    down = math.hypot(after[0] - after[1], before[2] - before[0])
    up = math.hypot(after[2] - after[0], before[0] - before[1])
    return gap, gap - down, gap + up


def least(limit: float, confidence: float) -> int:
    """Return how many samples without one bad among them show a share of ``limit`` (0 to 1, not 1)."""
    return math.ceil(math.log(1 - confidence) / math.log(limit) - 1e-9)


def needed(share: float, limit: float, deff: float, confidence: float) -> int | None:
    """Return how many samples would settle on which side of ``limit`` a ``share`` lies; None: no number.

    The bounds themselves are asked, of more and more samples: a formula for many is wrong for few bad ones.
    """
    if abs(share - limit) < 1e-6:
        return None

    def settles(n: int) -> bool:
        lower, upper = bounds(share * n, n, deff, confidence)
        return (lower if share > limit else 1 - upper) >= (limit if share > limit else 1 - limit) - 1e-12

    low, high = 0, max(1, math.ceil(deff))
    while not settles(high):
        low, high = high, 2 * high
        if high > MOST_NEEDED:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if settles(middle) else (middle, high)
    return high


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return where the Beta(a, b) distribution reaches ``probability``.

    Newton's steps, and a half of what is left where one would leave the interval that is known to hold it.
    """
    low, high, x = 0.0, 1.0, a / (a + b)
    while True:
        over = beta_below(x, a, b) - probability
        low, high = (x, high) if over < 0 else (low, x)
        density = math.exp(_logarithm(x, a, b)) / (x * (1 - x)) if 0 < x < 1 else 0.0
        step = x - over / density if density > 0 else low
        new = step if low < step < high else (low + high) / 2
        if abs(new - x) <= 1e-12 * new or high - low <= 1e-12 * high:
            return new
        x = new


def beta_below(x: float, a: float, b: float) -> float:
    """Return the share of the Beta(a, b) distribution below ``x``."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    # the fraction converges fast only on the near side of the mean
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_below(1 - x, b, a) if 1 - x < 1 else 0.0
    return math.exp(_logarithm(x, a, b)) * _fraction(x, a, b) / a


def _logarithm(x: float, a: float, b: float) -> float:
    """Return the logarithm of x^a (1 - x)^b / B(a, b)."""
    return math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function (Lentz's method)."""
    tiny = 1e-300
    top, bottom = 1.0, 1.0 - (a + b) * x / (a + 1)
    bottom = 1.0 / (bottom or tiny)
    value = bottom
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for part in (even, odd):
            bottom = 1.0 / ((1.0 + part * bottom) or tiny)
            top = (1.0 + part / top) or tiny
            value *= top * bottom
        if abs(top * bottom - 1.0) < 1e-14:
            return value
    raise ArithmeticError(f"the beta function did not converge at {x}, {a}, {b}")
