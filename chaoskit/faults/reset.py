"""The provider resets the connection."""

from typing import ClassVar, Literal

from chaoskit.core.actions import Close, Limit
from chaoskit.core.call import Connection
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Bytes


@frozen(kw_only=True)
class Reset(Fault):
    """The connection is torn down by an RST, as by a process that is killed or a load balancer that lost it.

    ``at``: ``accept``: as soon as it is there. ``answer``: in the place of the first byte that the provider
    sends, which over TLS is its part of the handshake. By default ``accept``, unless ``after`` is given.
    ``after``: instead, so many bytes of the provider's pass first. A connection that carries no more than
    that is left alone.
    """

    seizes: ClassVar[bool] = True

    at: Literal["accept", "answer"] | None = None
    after: Bytes | None = None

    def __post_init__(self) -> None:
        if self.at is not None and self.after is not None:
            raise ValueError("reset takes at or after, got both")
        if self.after is not None and self.after < 1:
            raise ValueError(f"after must be 1B or more, got {self.after}B; for none, say at: answer")

    def on_connect(self, conn: Connection, dice: Dice) -> Close | Limit:
        if self.at == "answer" or self.after is not None:
            return Limit(how="rst", bytes=self.after or 0)
        return Close(reset=True)
