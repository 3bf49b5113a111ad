"""The provider closes a WebSocket."""

from typing import Literal

from chaoskit.core.actions import CloseFrame
from chaoskit.core.call import Call, Message
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Count

_RESERVED = frozenset({1004, 1005, 1006, 1015})


@frozen(kw_only=True)
class WebsocketClose(Fault):
    """A WebSocket is closed in good order, with a code, in the place of a message.

    Both sides are told. A WebSocket on which no message comes is left alone.

    ``code``: the status: 1000 to 1014 without 1004 to 1006, or 3000 to 4999 (RFC 6455, section 7.4).
    ``reason``: the text beside it, at most 123 bytes.
    ``after``: messages that pass first, in the direction that has had so many sooner.
    ``direction``: whose messages are counted: ``up`` (the client's), ``down`` (the provider's) or ``both``.
    """

    code: int = 1011
    reason: str = ""
    after: Count = 0
    direction: Literal["both", "up", "down"] = "both"

    def __post_init__(self) -> None:
        is_known = 1000 <= self.code <= 1014 or 3000 <= self.code <= 4999
        if not is_known or self.code in _RESERVED:
            raise ValueError(
                f"code must be 1000 to 1014 without 1004 to 1006, or 3000 to 4999, got {self.code}"
            )
        if len(self.reason.encode()) > 123:
            raise ValueError(f"reason must be at most 123 bytes, got {len(self.reason.encode())}")
        if self.after < 0:
            raise ValueError(f"after must be 0 or more, got {self.after}")

    def on_message(self, call: Call, message: Message, dice: Dice) -> CloseFrame | None:
        is_meant = self.direction in ("both", message.direction) and message.kind in ("text", "binary")
        return CloseFrame(self.code, self.reason) if is_meant and message.index >= self.after else None
