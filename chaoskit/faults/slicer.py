"""What is sent in one piece arrives in many."""

import math
from typing import ClassVar, Literal

from chaoskit.core.actions import Slice
from chaoskit.core.call import Connection
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Bytes, Seconds


@frozen(kw_only=True)
class Slicer(Fault):
    """Bytes on a connection arrive in small pieces, so that a reader who takes one read for a message fails.

    ``size``: of a piece; at least 1B.
    ``spread``: how much larger or smaller a piece may be, drawn for each; below ``size``.
    ``gap``: time between a piece and the next.
    ``direction``: ``up`` is what the client sends, ``down`` what the provider sends, ``both`` is each.
    """

    seizes: ClassVar[bool] = True

    size: Bytes
    spread: Bytes = 0
    gap: Seconds = 0.01
    direction: Literal["both", "up", "down"] = "both"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"size must be 1B or more, got {self.size}B")
        if not 0 <= self.spread < self.size:
            raise ValueError(f"spread must be 0B or more and below size ({self.size}B), got {self.spread}B")
        if not 0 <= self.gap < math.inf:
            raise ValueError(f"gap must be 0s or more, got {self.gap:g}s")

    def on_connect(self, conn: Connection, dice: Dice) -> Slice:
        return Slice(self.size, self.spread, self.gap, dice, self.direction)
