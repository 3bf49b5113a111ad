"""The end of a connection comes late."""

import math
from typing import ClassVar

from chaoskit.core.actions import Linger
from chaoskit.core.call import Connection
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Seconds


@frozen(kw_only=True)
class SlowClose(Fault):
    """The provider has said everything, and closes the connection late.

    ``time``: how late; above 0s. A reset is not delayed, and where the client ends first, nothing is.
    """

    seizes: ClassVar[bool] = True

    time: Seconds

    def __post_init__(self) -> None:
        if not 0 < self.time < math.inf:
            raise ValueError(f"time must be above 0s, got {self.time:g}s")

    def on_connect(self, conn: Connection, dice: Dice) -> Linger:
        return Linger(self.time)
