"""The provider breaks the TLS handshake off, and says why."""

from typing import Literal

from chaoskit.core.actions import Alert
from chaoskit.core.call import Hello
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Count

# RFC 8446, 6: those that a server may send in answer to a hello
_CODES = {
    "unexpected_message": 10,
    "handshake_failure": 40,
    "illegal_parameter": 47,
    "access_denied": 49,
    "decode_error": 50,
    "protocol_version": 70,
    "insufficient_security": 71,
    "internal_error": 80,
    "inappropriate_fallback": 86,
    "missing_extension": 109,
    "unsupported_extension": 110,
    "unrecognized_name": 112,
    "no_application_protocol": 120,
}


@frozen(kw_only=True)
class TlsAlert(Fault):
    """The provider answers the TLS hello with a fatal alert, and closes.

    ``alert``: its name in RFC 8446; by default ``handshake_failure``.
    ``code``: instead, its number, for any other.
    """

    alert: (
        Literal[
            "unexpected_message",
            "handshake_failure",
            "illegal_parameter",
            "access_denied",
            "decode_error",
            "protocol_version",
            "insufficient_security",
            "internal_error",
            "inappropriate_fallback",
            "missing_extension",
            "unsupported_extension",
            "unrecognized_name",
            "no_application_protocol",
        ]
        | None
    ) = None
    code: Count | None = None

    def __post_init__(self) -> None:
        if self.alert is not None and self.code is not None:
            raise ValueError("tls_alert takes alert or code, got both")
        if self.code is not None and not 1 <= self.code <= 255:
            raise ValueError(f"code must be 1 to 255, got {self.code}")

    def on_hello(self, hello: Hello, dice: Dice) -> Alert:
        return Alert(self.code if self.code is not None else _CODES[self.alert or "handshake_failure"])
