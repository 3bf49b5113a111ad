"""The provider stops taking an upload over HTTP/2."""

from typing import ClassVar

from chaoskit.core.actions import Clog
from chaoskit.core.call import Call
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen

WINDOW = 65_535
"""Bytes of a stream that a client may send before it is given more (RFC 9113, section 6.9.2)."""


@frozen(kw_only=True)
class FlowStall(Fault):
    """An upload over HTTP/2 uses up its flow-control window, and the provider gives it no more.

    The client can send no further byte, and nothing is answered. The calls beside it go on. A body of
    no more than 65,535 bytes fits into the window, and a call over HTTP/1 has none: these are left alone.
    """

    clogs: ClassVar[bool] = True

    def on_call(self, call: Call, dice: Dice) -> Clog | None:
        if not call.is_http2:
            return None
        stated = (call.header("content-length") or "").strip()
        fits = stated.isascii() and stated.isdigit() and int(stated) <= WINDOW
        return None if fits else Clog()
