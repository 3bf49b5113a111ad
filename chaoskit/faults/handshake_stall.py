"""The provider takes the connection, and its TLS handshake never comes to an end."""

from typing import Literal

from chaoskit.core.actions import Hold, Stall
from chaoskit.core.call import Hello
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen

_MIDDLE = 64
"""Bytes: less than any ServerHello of TLS 1.2 or 1.3 with a session id (RFC 8446, 4.1.3), so that a client
that resumes a session is stalled too."""


@frozen(kw_only=True)
class HandshakeStall(Fault):
    """The provider accepts the connection and falls silent in the TLS handshake, with the socket open.

    ``at``: where. ``hello``: not a byte answers the client's hello, and the provider is not contacted.
    ``middle``: the first bytes of the answer arrive, and no more.
    """

    at: Literal["hello", "middle"] = "hello"

    def on_hello(self, hello: Hello, dice: Dice) -> Hold | Stall:
        return Hold() if self.at == "hello" else Stall(_MIDDLE)
