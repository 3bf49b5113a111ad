"""The provider says that it will send no more, and goes on listening."""

import math
from typing import ClassVar

from chaoskit.core.actions import Limit
from chaoskit.core.call import Connection
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Bytes, Seconds


@frozen(kw_only=True)
class HalfClose(Fault):
    """The provider closes its sending side (FIN) and keeps reading: what the client sends still arrives.

    ``bytes``: how many of the provider's pass first; a connection that carries no more is left alone.
    ``time``: instead, how long after the connection's (or the injection's) beginning it happens; above 0s.
    """

    seizes: ClassVar[bool] = True

    bytes: Bytes | None = None
    time: Seconds | None = None

    def __post_init__(self) -> None:
        if (self.bytes is None) == (self.time is None):
            raise ValueError(
                f"half_close needs bytes or time, got {'neither' if self.bytes is None else 'both'}"
            )
        if self.bytes is not None and self.bytes < 0:
            raise ValueError(f"bytes must be 0B or more, got {self.bytes}B")
        if self.time is not None and not 0 < self.time < math.inf:
            raise ValueError(f"time must be above 0s, got {self.time:g}s")

    def on_connect(self, conn: Connection, dice: Dice) -> Limit:
        return Limit(how="half", bytes=self.bytes, seconds=self.time)
