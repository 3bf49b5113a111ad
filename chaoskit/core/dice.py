"""Chance as a function of (seed, injection, identity), never a sequence."""

import math
from hashlib import blake2b
from statistics import NormalDist

from chaoskit.core.frozen import frozen

_STANDARD_NORMAL = NormalDist()


@frozen
class Dice:
    """Draws for one call. Equal names give equal numbers, in any order and in any process.

    A seeded generator would hand out numbers in order of arrival, and arrival
    order is the one thing that concurrent load never repeats.
    """

    seed: int
    injection: str
    identity: str

    def uniform(self, low: float, high: float, what: str = "value") -> float:
        """Return a number in ``[low, high)``. Two draws in one call need two ``what``s."""
        name = f"{self.seed}/{self.injection}/{self.identity}/{what}".encode(errors="surrogateescape")
        word = int.from_bytes(blake2b(name, digest_size=8).digest())
        return low + (high - low) * (word >> 11) * 2.0**-53

    def chance(self, probability: float, what: str = "chance") -> bool:
        """Return True for about ``probability`` (0 to 1) of all identities."""
        return self.uniform(0.0, 1.0, what) < probability

    def normal(self, what: str = "value") -> float:
        """Return a standard normal number (mean 0, deviation 1)."""
        # uniform() may return exactly 0, where the inverse is minus infinity
        return _STANDARD_NORMAL.inv_cdf(max(self.uniform(0.0, 1.0, what), 2.0**-54))

    def exponential(self, what: str = "value") -> float:
        """Return an exponential number with mean 1."""
        return -math.log1p(-self.uniform(0.0, 1.0, what))

    def below(self, count: int, what: str = "value") -> int:
        """Return a whole number in ``[0, count)``."""
        return min(int(self.uniform(0.0, count, what)), count - 1)
