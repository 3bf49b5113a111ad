"""The service's line is narrow."""

from typing import ClassVar

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Scene, ServiceFault, Steps
from chaoskit.core.units import BytesPerSecond

_LEAST_BURST = 3200
"""Two full packets: less, and the queue would let none through."""


@frozen(kw_only=True)
class Bandwidth(ServiceFault):
    """What the service sends passes no faster than a stated rate, all its connections together.

    ``rate``: for example ``50kB/s``, on each of its networks; at least 1kB/s. Answers get slow, not requests:
    a queue can hold back only what leaves.
    """

    on_open_connections: ClassVar[str] = "they get slow at once"
    leaves: ClassVar[str] = "nothing; the queue has no end of its own, so it is in the journal"

    rate: BytesPerSecond

    def __post_init__(self) -> None:
        if not 1000 <= self.rate <= 10e9:
            raise ValueError(f"rate must be 1kB/s to 10GB/s, got {self.rate:g}B/s; for silence use partition")

    def enter(self, scene: Scene) -> Steps:
        burst = max(_LEAST_BURST, round(self.rate / 100))
        rate = f"{round(self.rate * 8)}bit"
        return (service.Queue(("tbf", "rate", rate, "burst", str(burst), "latency", "400ms")),)

    def leave(self, scene: Scene) -> Steps:
        return (service.NoQueue(),)
