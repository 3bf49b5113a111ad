"""The provider's line is narrow."""

from typing import ClassVar, Literal

from chaoskit.core.actions import Pace
from chaoskit.core.call import Connection
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import BytesPerSecond


@frozen(kw_only=True)
class Bandwidth(Fault):
    """Bytes on a connection pass no faster than a stated rate, each connection by itself.

    ``rate``: for example ``10kB/s``; above 0. Everything counts: handshakes, heads and bodies.
    ``direction``: ``up`` is what the client sends, ``down`` what the provider sends, ``both`` is each.
    """

    seizes: ClassVar[bool] = True

    rate: BytesPerSecond
    direction: Literal["both", "up", "down"] = "both"

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise ValueError(f"rate must be above 0B/s, got {self.rate:g}B/s; for silence use blackhole")

    def on_connect(self, conn: Connection, dice: Dice) -> Pace:
        return Pace(self.rate, self.direction)
