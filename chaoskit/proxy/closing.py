"""How TLS connections end: with a close_notify where both sides meant it, and without where one broke off.

mitmproxy sends none, so that a client of an answer that ends with its connection could not tell a whole one.
"""

import contextlib
from typing import Protocol

from mitmproxy.proxy import commands
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import CommandGenerator
from mitmproxy.proxy.layers.tls import ClientTLSLayer, ServerTLSLayer
from mitmproxy.proxy.tunnel import TunnelState
from OpenSSL import SSL


class Broken(Protocol):
    """A client connection, which may have to end without a word."""

    is_broken: bool


class ClientTLS(ClientTLSLayer):
    """TLS towards the client."""

    def __init__(self, context: Context, line: Broken) -> None:
        super().__init__(context)
        self._line = line

    def send_close(self, command: commands.CloseConnection) -> CommandGenerator[None]:
        if not self._line.is_broken and self.tunnel_state is TunnelState.OPEN:
            with contextlib.suppress(SSL.Error):  # it is over already
                self.tls.shutdown()
            yield from self.tls_interact()
        yield from super().send_close(command)

    def send_data(self, data: bytes) -> CommandGenerator[None]:
        # a call that ends with its connection may still say so on it, which OpenSSL takes for a mistake
        if not self.tls.get_shutdown() & SSL.SENT_SHUTDOWN:
            yield from super().send_data(data)


class ProviderTLS(ServerTLSLayer):
    """TLS towards the provider."""

    def __init__(self, context: Context, line: Broken) -> None:
        super().__init__(context)
        self._line = line

    def receive_close(self) -> CommandGenerator[None]:
        """Pass a FIN without a close_notify on as one: the answer may not be whole."""
        if not self.tls.get_shutdown() & SSL.RECEIVED_SHUTDOWN:
            self._line.is_broken = True
        yield from super().receive_close()
