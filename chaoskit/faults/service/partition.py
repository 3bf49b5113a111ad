"""Two services no longer reach each other."""

from typing import ClassVar

from chaoskit.core import packets, service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Scene, ServiceFault, Steps


@frozen(kw_only=True)
class Partition(ServiceFault):
    """No packet passes between the service and another one, in either direction. It heals by itself.

    ``from``: the other service.
    """

    on_open_connections: ClassVar[str] = "they stay open and fall silent; TCP sends again when it is over"
    leaves: ClassVar[str] = "nothing"

    from_: str

    def others(self) -> tuple[str, ...]:
        return (self.from_,)

    def enter(self, scene: Scene) -> Steps:
        addresses = scene.addresses_of(self.from_)
        chains = "".join(
            packets.chain(hook, [packets.rule(each, "drop") for each in packets.peers(hook, addresses)])
            for hook in ("output", "input")
        )
        return (service.Rules(scene.table, chains),)

    def leave(self, scene: Scene) -> Steps:
        return (service.NoRules(scene.table),)
