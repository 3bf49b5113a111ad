"""The service can no longer resolve names."""

from typing import ClassVar, Literal

from chaoskit.core import packets, service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Scene, ServiceFault, Steps


@frozen(kw_only=True)
class Dns(ServiceFault):
    """No name can be resolved in the container, not even another service's; addresses still work.

    ``mode``: ``timeout``: questions are sent, and no answer comes. ``refused``: nobody listens where they are
    sent, which an application learns at once. It heals by itself.
    """

    on_open_connections: ClassVar[str] = "nothing: they need no name any more"
    leaves: ClassVar[str] = "nothing; an application may remember for a while that a name was unknown"

    mode: Literal["timeout", "refused"] = "timeout"

    def enter(self, scene: Scene) -> Steps:
        if self.mode == "timeout":
            # Answers are dropped, not questions: a question that is dropped here fails at once (EPERM).
            rules = [packets.rule(f"{each} sport 53", "drop") for each in ("udp", "tcp")]
            return (service.Rules(scene.table, packets.chain("input", rules)),)
        rules = [
            packets.rule("udp dport 53", "reject with icmpx type port-unreachable"),
            packets.rule("tcp dport 53", "reject with tcp reset"),
        ]
        return (service.Rules(scene.table, packets.chain("output", rules, priority=packets.BEFORE_NAT)),)

    def leave(self, scene: Scene) -> Steps:
        return (service.NoRules(scene.table),)
