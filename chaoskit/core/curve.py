"""A number that changes over time: a share that ramps, holds and steps."""

from itertools import pairwise

from chaoskit.core.frozen import frozen


@frozen
class Curve:
    """Points ``(seconds since the window began, value)``, joined by straight lines; flat outside them."""

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if not self.points:
            raise ValueError("a curve needs at least one point")
        times = [t for t, _ in self.points]
        if times != sorted(times):
            raise ValueError("the points of a curve must be in order of time")

    @classmethod
    def flat(cls, value: float) -> "Curve":
        """Return the curve that is ``value`` at all times."""
        return cls(((0.0, value),))

    def at(self, t: float) -> float:
        """Return the value ``t`` seconds after the window began."""
        before, value = self.points[0]
        for after, following in self.points:
            if t < after:
                if after == before:
                    return following
                return value + (following - value) * max(0.0, t - before) / (after - before)
            before, value = after, following
        return value

    def moved(self, seconds: float) -> "Curve":
        """Return this curve ``seconds`` later."""
        return Curve(tuple((t + seconds, value) for t, value in self.points))

    def area(self, start: float, stop: float) -> float:
        """Return the integral from ``start`` to ``stop``."""
        inner = [t for t, _ in self.points if start < t < stop]
        total = 0.0
        for left, right in pairwise([start, *inner, stop]):
            # straight within a piece; its ends may be steps, so that the middle is what counts
            total += self.at((left + right) / 2) * (right - left)
        return total

    def peak(self) -> float:
        """Return the largest value."""
        return max(value for _, value in self.points)
