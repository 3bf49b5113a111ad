"""HTTP/2 on the wire, where mitmproxy would change or refuse a message, and the choice between the two."""

from collections.abc import Generator, Iterable
from typing import Any, ClassVar

import h2.events
from hpack import Encoder
from hyperframe.frame import GoAwayFrame
from mitmproxy import http
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.http import HttpClient, RegisterHttpConnection
from mitmproxy.proxy.layers.http._base import HttpConnection, HttpEvent, ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestHeaders,
    ResponseProtocolError,
)
from mitmproxy.proxy.layers.http._http2 import Http2Client, Http2Server

from chaoskit.core.frozen import frozen
from chaoskit.proxy.http1 import ClientSide, Commands, Informational
from chaoskit.proxy.windows import Ledger, Settle, Windowed, innermost


@frozen
class Departed:
    """The provider takes no new calls on the connection; of those there are, it answers up to ``last``."""

    last: int


class Headers(Encoder):
    """HTTP/2's header compression, which sends a long field as it is.

    hpack (4.1) takes time by the square of a field's length to shorten it: 100 kB hold a worker up for
    seconds, 1 MB for minutes.
    """

    LONGEST: ClassVar[int] = 4096

    def encode(self, headers: Iterable[Any], huffman: bool = True) -> bytes:  # noqa: FBT001, FBT002 - as hpack has it
        fields = list(headers)
        return super().encode(fields, huffman and all(len(each[1]) <= self.LONGEST for each in fields))


class ServerSide2(Windowed, Http2Server):
    """HTTP/2 towards the client."""

    def __init__(self, context: Any, ledger: Ledger | None = None) -> None:
        Http2Server.__init__(self, context)
        self.h2_conn.encoder = Headers()
        self.bound(ledger)

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, Informational):
            if self.is_open_for_us(event.stream_id):
                fields = [(b":status", b"%d" % event.response.status_code), *event.response.headers.fields]
                self.h2_conn.send_headers(event.stream_id, [(name.lower(), value) for name, value in fields])
                yield commands.SendData(self.conn, self.h2_conn.data_to_send())
            return
        if isinstance(event, Settle):
            yield from self.settle()
            return
        yield from super()._handle_event(event)


class ClientSide2(Windowed, Http2Client):
    """HTTP/2 towards the provider."""

    has_departed = False

    def __init__(self, context: Any, ledger: Ledger | None = None) -> None:
        Http2Client.__init__(self, context)
        self.h2_conn.encoder = Headers()
        self.bound(ledger)
        # to h2 (4.3) and mitmproxy (12.2.3) a GOAWAY is the end of every call on the connection
        self.h2_conn._frame_dispatch_table[GoAwayFrame] = self._goaway  # noqa: SLF001

    def _goaway(self, frame: GoAwayFrame) -> tuple[list[Any], list[Any]]:
        return [], [Departed(frame.last_stream_id)]

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, Settle):
            yield from self.settle()
            return
        if isinstance(event, RequestHeaders):
            # a call that is sent again is another stream
            self.our_stream_id.pop(event.stream_id, None)
        elif (
            isinstance(event, HttpEvent)
            and event.stream_id not in self.our_stream_id
            and event.stream_id not in self.stream_queue
        ):
            return  # of a call that is over: mitmproxy would open a stream for it
        yield from super()._handle_event(event)

    def _noted(self) -> int:
        return max(len(self.streams), len(self.their_stream_id))

    def _forget_ended(self) -> None:
        super()._forget_ended()
        for ours in [each for each in self.their_stream_id if self.is_closed(each)]:
            name = self.their_stream_id.pop(ours)
            if self.our_stream_id.get(name) == ours:  # else the call was sent again, as another stream
                del self.our_stream_id[name]

    def handle_h2_event(self, event: h2.events.Event | Departed) -> Generator[commands.Command, Any, bool]:
        if isinstance(event, Departed):
            self.has_departed = True
            for stream_id in [each for each in self.streams if each > event.last]:
                self.streams.pop(stream_id)
                text = "the provider closes the connection, and did not process the call"
                yield ReceiveHttp(ResponseProtocolError(stream_id, text, ErrorCode.GENERIC_SERVER_ERROR))
            return False
        if isinstance(event, h2.events.InformationalResponseReceived):
            assert event.headers is not None
            fields = http.Headers([(bytes(n), bytes(v)) for n, v in event.headers])  # type: ignore[arg-type]
            status = int(fields.pop(":status"))
            response = http.Response(b"HTTP/1.1", status, b"", fields, None, None, 0.0, None)
            assert event.stream_id is not None
            yield ReceiveHttp(Informational(event.stream_id, response))
            return False
        return (yield from super().handle_h2_event(event))


class ToProvider(HttpClient):
    """Opens a connection to the provider, and speaks what TLS agreed on."""

    def __init__(self, context: Any, ledger: Ledger) -> None:
        super().__init__(context)
        self._ledger = ledger

    def _handle_event(self, event: events.Event) -> Commands:
        server = self.context.server
        problem = None
        if not server.connected:
            problem = yield commands.OpenConnection(server)
        if not problem:
            self.child_layer = towards_provider(self.context, self._ledger)
            # from now on nobody waits here: events go through at once
            self._handle_event = self.handle_event = self.child_layer.handle_event  # type: ignore[method-assign]
            yield from self._handle_event(event)
        yield RegisterHttpConnection(server, problem)


def towards_provider(context: Any, ledger: Ledger) -> HttpConnection:
    """Return the layer that speaks to the provider what TLS agreed on."""
    return ClientSide2(context, ledger) if context.server.alpn == b"h2" else ClientSide(context)


def takes_calls(connection: layer.Layer | None) -> bool:
    """Tell whether a provider's connection may be used for another call."""
    side = innermost(connection, ClientSide2)
    return side is None or not side.has_departed
