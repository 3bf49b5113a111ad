"""Messages of a WebSocket that vanish."""

from typing import Literal

from chaoskit.core.actions import Repeat
from chaoskit.core.call import Call, Message
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Share


@frozen(kw_only=True)
class WebsocketDrop(Fault):
    """Messages of a WebSocket never arrive; the socket stays open, and control frames pass.

    ``direction``: ``up`` (what the client sends), ``down`` (what the provider sends) or ``both``.
    ``share``: of the messages, drawn for each.
    """

    direction: Literal["both", "up", "down"] = "both"
    share: Share = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share must be above 0% and at most 100%, got {self.share * 100:g}%")

    def on_message(self, call: Call, message: Message, dice: Dice) -> Repeat | None:
        is_meant = self.direction in ("both", message.direction) and message.kind in ("text", "binary")
        return Repeat(0) if is_meant and dice.chance(self.share, "message") else None
