"""Messages of a WebSocket that are late."""

from typing import Literal

from chaoskit.core.actions import Wait
from chaoskit.core.call import Call, Message
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Lognormal, Normal, Pareto, Uniform
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class WebsocketDelay(Fault):
    """Messages of a WebSocket arrive late, in their order; pings and pongs among them.

    ``time``: how late, drawn for each: a duration, or a distribution as in ``delay``. None overtakes another.
    ``direction``: ``up`` (what the client sends), ``down`` (what the provider sends) or ``both``.
    """

    time: Fixed | Uniform | Normal | Lognormal | Pareto
    direction: Literal["both", "up", "down"] = "both"

    def on_message(self, call: Call, message: Message, dice: Dice) -> Wait | None:
        return Wait(self.time.draw(dice)) if self.direction in ("both", message.direction) else None
