"""The connection ends after so many bytes."""

from typing import ClassVar, Literal

from chaoskit.core.actions import Limit
from chaoskit.core.call import Connection
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Bytes


@frozen(kw_only=True)
class LimitData(Fault):
    """A connection carries so many bytes, and ends in the place of the next one.

    One that carries no more than that is left alone.

    ``bytes``: how many pass; handshakes and heads count, and on a connection that was open already only what
    comes after the injection has begun.
    ``how``: ``fin``: an orderly end. ``rst``: a reset. ``silence``: it stays open, and nothing more passes.
    ``direction``: whose bytes are counted: ``up`` the client's, ``down`` the provider's.
    """

    seizes: ClassVar[bool] = True

    bytes: Bytes
    how: Literal["fin", "rst", "silence"] = "fin"
    direction: Literal["up", "down"] = "down"

    def __post_init__(self) -> None:
        if self.bytes < 0:
            raise ValueError(f"bytes must be 0B or more, got {self.bytes}B")

    def on_connect(self, conn: Connection, dice: Dice) -> Limit:
        return Limit(how=self.how, bytes=self.bytes, direction=self.direction)
