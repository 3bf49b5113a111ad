"""The provider speaks only old TLS."""

from typing import ClassVar, Literal

from chaoskit.core.actions import Alert, Negotiate
from chaoskit.core.call import Hello
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen

_PROTOCOL_VERSION = 70  # RFC 8446, 6


@frozen(kw_only=True)
class TlsVersion(Fault):
    """The provider speaks no newer TLS than this. A client that insists on newer gets an alert.

    ``highest``: ``1.2``, ``1.1`` or ``1.0``. A client that offers nothing newer is left alone; one that
    offers only newer is answered with the alert ``protocol_version``.
    """

    terminates_tls: ClassVar[bool] = True

    highest: Literal["1.0", "1.1", "1.2"]

    def on_hello(self, hello: Hello, dice: Dice) -> Negotiate | Alert | None:
        newer = [each for each in hello.versions if each > self.highest]
        if not newer:
            return None
        if len(newer) == len(hello.versions):
            return Alert(_PROTOCOL_VERSION)
        return Negotiate(highest=self.highest)
