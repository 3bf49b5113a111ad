"""Messages of a WebSocket that come twice."""

from typing import Literal

from chaoskit.core.actions import Repeat
from chaoskit.core.call import Call, Message
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Count, Share


@frozen(kw_only=True)
class WebsocketDuplicate(Fault):
    """Messages of a WebSocket arrive more than once, one after the other; control frames pass once.

    ``direction``: ``up`` (what the client sends), ``down`` (what the provider sends) or ``both``.
    ``share``: of the messages, drawn for each.
    ``times``: how often each comes, 2 to 100.
    """

    direction: Literal["both", "up", "down"] = "both"
    share: Share = 1.0
    times: Count = 2

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share must be above 0% and at most 100%, got {self.share * 100:g}%")
        if not 2 <= self.times <= 100:
            raise ValueError(f"times must be 2 to 100, got {self.times}")

    def on_message(self, call: Call, message: Message, dice: Dice) -> Repeat | None:
        is_meant = self.direction in ("both", message.direction) and message.kind in ("text", "binary")
        return Repeat(self.times) if is_meant and dice.chance(self.share, "message") else None
