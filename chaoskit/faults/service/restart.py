"""The service is restarted."""

from dataclasses import dataclass
from typing import ClassVar

from chaoskit.core import service
from chaoskit.core.service import Scene, ServiceFault, Steps
from chaoskit.core.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart(ServiceFault):
    """The container stops and starts again, once, when the fault begins.

    ``grace``: how long it may take to end; then it is killed.
    """

    on_open_connections: ClassVar[str] = (
        "as the service ends them within its grace; the rest is closed by the kernel"
    )
    leaves: ClassVar[str] = (
        "a container that was started again, with what it had in memory lost; its address, and ports of the "
        "host that the engine chose itself, may be others"
    )
    interrupts: ClassVar[bool] = True

    grace: Seconds = 10.0

    def __post_init__(self) -> None:
        if not 0 <= self.grace <= 300:
            raise ValueError(f"grace must be 0s to 300s, got {self.grace:g}s")

    def enter(self, scene: Scene) -> Steps:
        return (service.Restart(self.grace),)

    def leave(self, scene: Scene) -> Steps:
        return (service.Start(),)
