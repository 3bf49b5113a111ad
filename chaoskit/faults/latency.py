"""The way to the provider is long."""

from typing import ClassVar, Literal

from chaoskit.core.actions import Lag
from chaoskit.core.call import Connection
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Lognormal, Normal, Pareto, Uniform
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class Latency(Fault):
    """Everything on a connection arrives late, in order: handshakes, requests, each piece of an answer.

    ``time``: how late, drawn for each piece that comes. A duration, or a distribution as in ``delay``. A
    piece waits for the one before it, so jitter makes what follows late too.
    ``direction``: ``up`` is what the client sends, ``down`` what the provider sends, ``both`` is each.
    """

    seizes: ClassVar[bool] = True

    time: Fixed | Uniform | Normal | Lognormal | Pareto
    direction: Literal["both", "up", "down"] = "both"

    def on_connect(self, conn: Connection, dice: Dice) -> Lag:
        return Lag(self.time, dice, self.direction)
