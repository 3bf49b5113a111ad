"""Times at which a proxy worker was late: what was under way then waited for it, and not for the provider."""

from chaoskit.core.frozen import frozen

BOUND = 0.1
"""Seconds that a worker's event loop may be late before anything is made of it.

On two cores with a load average of ten, an idle one was up to 82 ms late in 2,567 looks. Hardly any timeout
is shorter."""


@frozen
class Late:
    """``worker`` was late from ``start`` to ``stop``, in seconds on the run's clock."""

    worker: str
    start: float
    stop: float

    @property
    def length(self) -> float:
        """Return how many seconds it lasted."""
        return self.stop - self.start

    def within(self, start: float, stop: float) -> float:
        """Return how much of it lies between two times."""
        return max(0.0, min(self.stop, stop) - max(self.start, start))
