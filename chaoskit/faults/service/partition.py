"""Two services no longer reach each other."""

from dataclasses import dataclass
from typing import ClassVar

from chaoskit.core import service
from chaoskit.core.service import Scene, ServiceFault, Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition(ServiceFault):
    """No packet passes between the service and another one, in either direction. It heals by itself.

    ``from``: the other service.
    """

    on_open_connections: ClassVar[str] = "they stay open and fall silent; TCP sends again when it is over"
    leaves: ClassVar[str] = "nothing"

    from_: str

    def enter(self, scene: Scene) -> Steps:
        addresses = sorted(address for each in scene.of(self.from_) for address in each.addresses)
        if not addresses:
            raise service.ServiceError(f"the service {self.from_!r} has no address")
        peers = f"{{ {', '.join(addresses)} }}"
        chains = (
            "chain out {\n  type filter hook output priority 0\n"
            f"  ip daddr {peers} meta l4proto @alive counter name hits drop\n}}\n"
            "chain in {\n  type filter hook input priority 0\n"
            f"  ip saddr {peers} meta l4proto @alive counter name hits drop\n}}\n"
        )
        return (service.Rules(scene.table, chains),)

    def leave(self, scene: Scene) -> Steps:
        return (service.NoRules(scene.table),)
