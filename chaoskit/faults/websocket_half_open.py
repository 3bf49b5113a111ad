"""A WebSocket that is open and dead."""

from typing import Literal

from chaoskit.core.actions import Hold
from chaoskit.core.call import Call, Message
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Count


@frozen(kw_only=True)
class WebsocketHalfOpen(Fault):
    """Nothing passes any more, pings and pongs neither, and the socket stays open.

    When the injection ends, the connection is closed.

    ``after``: messages that pass first, in each direction.
    ``direction``: what stops: ``up`` (what the client sends), ``down`` (what the provider sends) or ``both``.
    """

    after: Count = 0
    direction: Literal["both", "up", "down"] = "both"

    def __post_init__(self) -> None:
        if self.after < 0:
            raise ValueError(f"after must be 0 or more, got {self.after}")

    def on_message(self, call: Call, message: Message, dice: Dice) -> Hold | None:
        is_meant = self.direction in ("both", message.direction) and message.index >= self.after
        return Hold() if is_meant else None
