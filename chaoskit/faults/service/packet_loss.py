"""The service's line loses packets."""

from typing import ClassVar, Literal

from chaoskit.core import packets, service
from chaoskit.core.frozen import frozen
from chaoskit.core.packets import Hook
from chaoskit.core.service import Scene, ServiceFault, Steps
from chaoskit.core.units import Share


@frozen(kw_only=True)
class PacketLoss(ServiceFault):
    """A share of the packets is lost, each by its own draw; loopback is spared. It heals by itself.

    ``share``: for example ``30%``; above 0%. For all of them use ``partition`` or ``disconnect``.
    ``direction``: ``out`` is what the service sends, ``in`` what comes to it, ``both`` is each.
    ``to``: only packets to and from this service.
    """

    on_open_connections: ClassVar[str] = (
        "TCP sends again: they get slow, and end where their owner has no patience"
    )
    leaves: ClassVar[str] = "nothing"

    share: Share
    direction: Literal["both", "in", "out"] = "both"
    to: str | None = None

    def __post_init__(self) -> None:
        if not 0.0001 <= self.share <= 1:
            raise ValueError(f"share must be 0.01% to 100%, got {self.share:.4%}")

    def others(self) -> tuple[str, ...]:
        return (self.to,) if self.to is not None else ()

    def enter(self, scene: Scene) -> Steps:
        sent = self._chain("output", scene) if self.direction != "in" else ""
        came = self._chain("input", scene) if self.direction != "out" else ""
        return (service.Rules(scene.table, sent + came),)

    def leave(self, scene: Scene) -> Steps:
        return (service.NoRules(scene.table),)

    def _chain(self, hook: Hook, scene: Scene) -> str:
        if self.to is None:
            matches = ['oifname != "lo"' if hook == "output" else 'iifname != "lo"']
        else:
            matches = packets.peers(hook, scene.addresses_of(self.to))
        # nft refuses a comparison that is always true
        drawn = "" if self.share > 0.9999 else f" numgen random mod 10000 < {round(self.share * 10000)}"
        return packets.chain(hook, [packets.rule(f"{each}{drawn}", "drop") for each in matches])
