"""The service hangs."""

from typing import ClassVar

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Scene, ServiceFault, Steps


@frozen(kw_only=True)
class Pause(ServiceFault):
    """All processes of the container stand still: connections are still accepted, and nothing answers."""

    on_open_connections: ClassVar[str] = "they stay open and fall silent; what was sent is read afterwards"
    leaves: ClassVar[str] = "nothing: the processes go on, with timers that have run out meanwhile"

    def enter(self, scene: Scene) -> Steps:
        return (service.Pause(),)

    def leave(self, scene: Scene) -> Steps:
        return (service.Unpause(),)
