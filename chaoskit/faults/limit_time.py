"""The connection lives for so long."""

import math
from typing import ClassVar, Literal

from chaoskit.core.actions import Limit
from chaoskit.core.call import Connection
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Seconds


@frozen(kw_only=True)
class LimitTime(Fault):
    """A connection is ended when it has lived for so long, whatever happens on it.

    ``time``: above 0s; for a connection that was open already it counts from the injection's start.
    ``how``: ``fin``: an orderly end. ``rst``: a reset. ``silence``: it stays open, and nothing more passes.
    """

    seizes: ClassVar[bool] = True

    time: Seconds
    how: Literal["fin", "rst", "silence"] = "fin"

    def __post_init__(self) -> None:
        if not 0 < self.time < math.inf:
            raise ValueError(f"time must be above 0s, got {self.time:g}s")

    def on_connect(self, conn: Connection, dice: Dice) -> Limit:
        return Limit(how=self.how, seconds=self.time)
