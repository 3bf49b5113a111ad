"""The service's line is long."""

from typing import ClassVar

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Scene, ServiceFault, Steps
from chaoskit.core.units import Seconds


@frozen(kw_only=True)
class PacketDelay(ServiceFault):
    """Every packet that the service sends is late. It needs a kernel with netem, and says so without.

    ``delay``: how much; above 0s, at most 60s.
    ``jitter``: give or take this much, drawn for each packet; packets may overtake each other.
    """

    on_open_connections: ClassVar[str] = "they get slow at once, round trip by round trip"
    leaves: ClassVar[str] = "nothing; the queue has no end of its own, so it is in the journal"

    delay: Seconds
    jitter: Seconds = 0.0

    def __post_init__(self) -> None:
        if not 0.001 <= self.delay <= 60:
            raise ValueError(f"delay must be 1ms to 60s, got {self.delay:g}s")
        if not 0 <= self.jitter <= self.delay:
            raise ValueError(f"jitter must be 0s to the delay, got {self.jitter:g}s")

    def enter(self, scene: Scene) -> Steps:
        jitter = (_milliseconds(self.jitter),) if self.jitter else ()
        # the ordinary limit of 1000 packets would lose some where many are under way
        return (service.Queue(("netem", "limit", "100000", "delay", _milliseconds(self.delay), *jitter)),)

    def leave(self, scene: Scene) -> Steps:
        return (service.NoQueue(),)


def _milliseconds(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
