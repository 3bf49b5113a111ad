"""HTTP/1 and HTTP/2 on the wire, where mitmproxy's own parsers would change or refuse a message."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import h2.events
import h11
from hpack import Encoder
from hyperframe.frame import GoAwayFrame
from mitmproxy import http
from mitmproxy.connection import ConnectionState
from mitmproxy.net.http import http1
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.http import HttpClient, RegisterHttpConnection
from mitmproxy.proxy.layers.http._base import HttpConnection, HttpEvent, ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestEndOfMessage,
    RequestHeaders,
    RequestTrailers,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
    ResponseTrailers,
)
from mitmproxy.proxy.layers.http._http1 import Http1Client, Http1Connection, Http1Server, make_body_reader
from mitmproxy.proxy.layers.http._http2 import Http2Client, Http2Server

Commands = Generator[commands.Command, Any, None]


@dataclass
class Informational(HttpEvent):
    """An interim answer (1xx other than 101): passed on, and the real one still comes."""

    response: http.Response


@dataclass(frozen=True, slots=True)
class Departed:
    """The provider takes no new calls on the connection; of those there are, it answers up to ``last``."""

    last: int


def _read_body(self: Http1Connection, event: events.Event) -> Commands:
    """Read a body as mitmproxy does, and pass its trailers on, where mitmproxy gives up."""
    assert self.stream_id is not None
    is_request = isinstance(self, Http1Server)
    while True:
        try:
            if isinstance(event, events.DataReceived):
                parsed = self.body_reader(self.buf)
            else:
                parsed = self.body_reader.read_eof()
        except h11.ProtocolError as problem:
            yield commands.CloseConnection(self.conn)
            fault = self.ReceiveProtocolError
            yield ReceiveHttp(fault(self.stream_id, f"HTTP/1 protocol error: {problem}", code=fault.code))
            return
        if parsed is None:
            return
        if isinstance(parsed, h11.Data):
            if parsed.data:
                yield ReceiveHttp(self.ReceiveData(self.stream_id, bytes(parsed.data)))
            continue
        assert isinstance(parsed, h11.EndOfMessage)
        if parsed.headers:
            kind = RequestTrailers if is_request else ResponseTrailers
            fields = [(bytes(name), bytes(value)) for name, value in _raw(parsed.headers)]
            yield ReceiveHttp(kind(self.stream_id, http.Headers(fields)))
        yield ReceiveHttp(self.ReceiveEndOfMessage(self.stream_id))
        yield from self.mark_done(request=is_request, response=not is_request)
        return


def _raw(headers: Any) -> list[tuple[bytes, bytes]]:
    # the list that h11's reader returns carries the names as they were sent
    return headers.raw_items() if hasattr(headers, "raw_items") else list(headers)


class ServerSide(Http1Server):
    """HTTP/1 towards the client."""

    read_body = _read_body
    _has_sent_trailers = False

    def read_headers(self, event: events.ConnectionEvent) -> Commands:
        # empty lines before a request are ignored (RFC 9112, 2.2); mitmproxy (12.2.3) waits at one for ever
        while bytes(self.buf).startswith((b"\r\n", b"\n")):
            self.buf.maybe_extract_lines()
        yield from super().read_headers(event)

    def send(self, event: HttpEvent) -> Commands:
        if isinstance(event, Informational):
            yield commands.SendData(self.conn, http1.assemble_response_head(event.response))
        elif isinstance(event, ResponseTrailers):
            if self._is_chunked():
                self._has_sent_trailers = True
                yield commands.SendData(self.conn, b"0\r\n" + bytes(event.trailers) + b"\r\n")
        elif isinstance(event, ResponseEndOfMessage):
            # mitmproxy ends every chunked answer with a last chunk, also one that may have no body (304)
            if self._is_chunked() and not self._has_sent_trailers:
                yield commands.SendData(self.conn, b"0\r\n\r\n")
            self._has_sent_trailers = False
            yield from self.mark_done(response=True)
        else:
            yield from super().send(event)

    def _is_chunked(self) -> bool:
        assert self.request is not None
        assert self.response is not None
        try:
            return http1.expected_http_body_size(self.request, self.response) is None
        except ValueError:  # a fault may send headers that contradict each other
            return False


class ClientSide(Http1Client):
    """HTTP/1 towards the provider."""

    read_body = _read_body
    _has_sent_trailers = False

    def send(self, event: HttpEvent) -> Commands:
        if isinstance(event, RequestTrailers):
            assert self.request is not None
            if "chunked" in self.request.headers.get("transfer-encoding", "").lower():
                self._has_sent_trailers = True
                yield commands.SendData(self.conn, b"0\r\n" + bytes(event.trailers) + b"\r\n")
        elif isinstance(event, RequestEndOfMessage) and self._has_sent_trailers:
            self._has_sent_trailers = False
            yield from self.mark_done(request=True)
        else:
            yield from super().send(event)

    def read_headers(self, event: events.ConnectionEvent) -> Commands:
        if not isinstance(event, events.DataReceived) or self.request is None:
            yield from super().read_headers(event)
            return
        assert self.stream_id is not None
        while lines := self.buf.maybe_extract_lines():
            try:
                response = http1.read_response_head([bytes(line) for line in lines])
                size = http1.expected_http_body_size(self.request, response)
            except ValueError as problem:
                yield commands.CloseConnection(self.conn)
                text = f"cannot read the provider's answer: {problem}"
                yield ReceiveHttp(ResponseProtocolError(self.stream_id, text, ErrorCode.GENERIC_SERVER_ERROR))
                return
            # mitmproxy takes an interim answer for the answer
            if 100 <= response.status_code < 200 and response.status_code != 101:
                yield ReceiveHttp(Informational(self.stream_id, response))
                continue
            self.response = response
            yield ReceiveHttp(ResponseHeaders(self.stream_id, response, size == 0))
            self.body_reader = make_body_reader(size)
            self.state = self.read_body
            yield from self.state(event)
            return


class Headers(Encoder):
    """HTTP/2's header compression, which sends a long field as it is.

    hpack (4.1) takes time by the square of a field's length to shorten it: 100 kB hold a worker up for
    seconds, 1 MB for minutes.
    """

    LONGEST: ClassVar[int] = 4096

    def encode(self, headers: Iterable[Any], huffman: bool = True) -> bytes:  # noqa: FBT001, FBT002 - as hpack has it
        fields = list(headers)
        return super().encode(fields, huffman and all(len(each[1]) <= self.LONGEST for each in fields))


class ServerSide2(Http2Server):
    """HTTP/2 towards the client."""

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self.h2_conn.encoder = Headers()

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, Informational):
            if self.is_open_for_us(event.stream_id):
                fields = [(b":status", b"%d" % event.response.status_code), *event.response.headers.fields]
                self.h2_conn.send_headers(event.stream_id, [(name.lower(), value) for name, value in fields])
                yield commands.SendData(self.conn, self.h2_conn.data_to_send())
            return
        yield from super()._handle_event(event)


class ClientSide2(Http2Client):
    """HTTP/2 towards the provider."""

    has_departed = False

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self.h2_conn.encoder = Headers()
        # to h2 (4.3) and mitmproxy (12.2.3) a GOAWAY is the end of every call on the connection
        self.h2_conn._frame_dispatch_table[GoAwayFrame] = self._goaway  # noqa: SLF001

    def _goaway(self, frame: GoAwayFrame) -> tuple[list[Any], list[Any]]:
        return [], [Departed(frame.last_stream_id)]

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, RequestHeaders):
            # a call that is sent again is another stream
            self.our_stream_id.pop(event.stream_id, None)
        yield from super()._handle_event(event)

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

    def _handle_event(self, event: events.Event) -> Commands:
        server = self.context.server
        problem = None
        if not server.connected:
            problem = yield commands.OpenConnection(server)
        if not problem:
            self.child_layer = towards_provider(self.context)
            self._handle_event = self.child_layer.handle_event  # type: ignore[method-assign]
            yield from self._handle_event(event)
        yield RegisterHttpConnection(server, problem)


def towards_provider(context: Any) -> HttpConnection:
    """Return the layer that speaks to the provider what TLS agreed on."""
    return (ClientSide2 if context.server.alpn == b"h2" else ClientSide)(context)


def takes_calls(connection: layer.Layer | None) -> bool:
    """Tell whether a provider's connection may be used for another call."""
    while connection is not None:
        if isinstance(connection, ClientSide2):
            return not connection.has_departed
        connection = getattr(connection, "child_layer", None)
    return True


def towards_client(context: Any) -> layer.Layer:
    """Return the layer that speaks to the client what TLS agreed on."""
    return (ServerSide2 if context.client.alpn == b"h2" else ServerSide)(context)


def can_write(connection: Any) -> bool:
    """Tell whether bytes can still be sent on it."""
    return bool(connection.state & ConnectionState.CAN_WRITE)
