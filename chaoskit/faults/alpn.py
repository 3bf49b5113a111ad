"""The provider does not speak the HTTP that its client would like."""

from typing import ClassVar, Literal

from chaoskit.core.actions import Alert, Negotiate
from chaoskit.core.call import Hello
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen

_NO_APPLICATION_PROTOCOL = 120  # RFC 7301, 3.2


@frozen(kw_only=True)
class Alpn(Fault):
    """The provider agrees in the TLS handshake (ALPN) to these protocols only.

    ``only``: ``http/1.1`` and ``h2``, in the provider's order; ``[http/1.1]`` takes HTTP/2 away. A client
    that offers none of them is answered with the alert ``no_application_protocol``; an empty list does so
    to every client that offers any. A client that does not speak of it (no ALPN) is left alone.
    """

    terminates_tls: ClassVar[bool] = True

    only: tuple[Literal["http/1.1", "h2"], ...]

    def __post_init__(self) -> None:
        if len(set(self.only)) < len(self.only):
            raise ValueError(f"only must name each protocol once, got {', '.join(self.only)}")

    def on_hello(self, hello: Hello, dice: Dice) -> Negotiate | Alert | None:
        if not hello.alpn:
            return None
        if not any(each in hello.alpn for each in self.only):
            return Alert(_NO_APPLICATION_PROTOCOL)
        return None if all(each in self.only for each in hello.alpn) else Negotiate(alpn=self.only)
