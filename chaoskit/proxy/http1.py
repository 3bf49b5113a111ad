"""HTTP/1 on the wire: mitmproxy's state machine, with each head read once and its trailers passed on."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import h11
from mitmproxy import http
from mitmproxy.net.http import http1
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.layers.http._base import HttpEvent, ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    RequestTrailers,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
    ResponseTrailers,
)
from mitmproxy.proxy.layers.http._http1 import (
    Http1Client,
    Http1Connection,
    Http1Server,
    make_body_reader,
    make_error_response,
    should_make_pipe,
)

from chaoskit.proxy.framing import UNTIL_CLOSE, Framing, framing_of
from chaoskit.proxy.heads import read_answer, read_request

Commands = Generator[commands.Command, Any, None]


@dataclass
class Informational(HttpEvent):
    """An interim answer (1xx other than 101): passed on, and the real one still comes."""

    response: http.Response


class _Side(Http1Connection):
    """What both directions share. Neither ever waits for a command, so events go straight to their state."""

    asked = Framing()  # of the request that is under way
    answered = Framing()  # of its answer
    has_sent_trailers = False

    def handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, HttpEvent):
            return self.send(event)
        if type(event) is events.DataReceived and self.state != self.passthrough:
            self.buf += event.data
        return self.state(event)

    def read_body(self, event: events.Event) -> Commands:
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

    def mark_done(self, *, request: bool = False, response: bool = False) -> Commands:
        self.request_done = self.request_done or request
        self.response_done = self.response_done or response
        if not (self.request_done and self.response_done):
            return
        assert self.request is not None
        assert self.response is not None
        if should_make_pipe(self.request, self.response):
            yield from self.make_pipe()
        elif self._is_last(self.request, self.response):
            yield commands.CloseConnection(self.conn)
            self.state = self.done
        else:
            self.request_done = self.response_done = False
            self.request = self.response = None
            self._next()
            self.state = self.read_headers
            if self.buf:
                yield from self.state(events.DataReceived(self.conn, b""))

    def _is_last(self, request: http.Request, response: http.Response) -> bool:
        try:
            size = self.answered.size_of_answer(request.method, response.status_code)
        except ValueError:  # a fault may send headers that contradict each other
            size = None
        return (
            size == UNTIL_CLOSE
            or self.asked.is_last(request.data.http_version)
            or self.answered.is_last(response.data.http_version)
        )

    def _next(self) -> None:
        """Get ready for the next call."""
        raise NotImplementedError


def _raw(headers: Any) -> list[tuple[bytes, bytes]]:
    # the list that h11's reader returns carries the names as they were sent
    return headers.raw_items() if hasattr(headers, "raw_items") else list(headers)


class ServerSide(_Side, Http1Server):
    """HTTP/1 towards the client."""

    def read_headers(self, event: events.ConnectionEvent) -> Commands:
        if not isinstance(event, events.DataReceived):
            yield from super().read_headers(event)
            return
        # empty lines before a request are ignored (RFC 9112, 2.2); mitmproxy (12.2.3) waits at one for ever
        while self.buf._data.startswith((b"\r\n", b"\n")):  # noqa: SLF001 - all of it may be a long body
            self.buf.maybe_extract_lines()
        lines = self.buf.maybe_extract_lines()
        if not lines:
            return
        try:
            self.request = read_request([bytes(each) for each in lines])
            self.asked = framing_of(self.request.headers.fields)
            size = self.asked.size()
        except ValueError as problem:
            yield from self._refuse(str(problem))
            return
        yield ReceiveHttp(RequestHeaders(self.stream_id, self.request, size == 0))
        if size == 0:
            yield ReceiveHttp(RequestEndOfMessage(self.stream_id))
            yield from self.mark_done(request=True)
            return
        self.body_reader = make_body_reader(size)
        self.state = self.read_body
        yield from self.state(event)

    def _refuse(self, why: str) -> Commands:
        yield commands.SendData(self.conn, make_error_response(400, why))
        yield commands.CloseConnection(self.conn)
        if self.request is not None:
            yield ReceiveHttp(RequestHeaders(self.stream_id, self.request, end_stream=False))
            problem = RequestProtocolError(self.stream_id, why, ErrorCode.GENERIC_CLIENT_ERROR)
            yield ReceiveHttp(problem)
        self.state = self.done

    def send(self, event: HttpEvent) -> Commands:
        match event:
            case ResponseData(data=data):
                if self.answered.is_chunked:
                    data = b"%x\r\n%s\r\n" % (len(data), data)
                if data:
                    yield commands.SendData(self.conn, data)
            case ResponseHeaders(response=response):
                self.answered = framing_of(response.headers.fields)
                if response.is_http2:
                    yield from super().send(event)
                else:
                    self.response = response
                    yield commands.SendData(self.conn, http1.assemble_response_head(response))
            case ResponseEndOfMessage():
                # mitmproxy ends every chunked answer with a last chunk, also one that may have no body (304)
                if self._has_chunks() and not self.has_sent_trailers:
                    yield commands.SendData(self.conn, b"0\r\n\r\n")
                self.has_sent_trailers = False
                yield from self.mark_done(response=True)
            case ResponseTrailers(trailers=trailers):
                if self._has_chunks():
                    self.has_sent_trailers = True
                    yield commands.SendData(self.conn, b"0\r\n" + bytes(trailers) + b"\r\n")
            case Informational(response=response):
                yield commands.SendData(self.conn, http1.assemble_response_head(response))
            case _:
                yield from super().send(event)

    def mark_done(self, *, request: bool = False, response: bool = False) -> Commands:
        yield from super().mark_done(request=request, response=response)
        if self.request_done and not self.response_done:
            self.state = self.wait

    def _has_chunks(self) -> bool:
        if not self.answered.is_chunked:
            return False
        assert self.request is not None
        assert self.response is not None
        try:
            return self.answered.size_of_answer(self.request.method, self.response.status_code) is None
        except ValueError:  # a fault may send headers that contradict each other
            return False

    def _next(self) -> None:
        self.stream_id += 2


class ClientSide(_Side, Http1Client):
    """HTTP/1 towards the provider."""

    def send(self, event: HttpEvent) -> Commands:
        match event:
            case RequestHeaders(request=request):
                self.asked = framing_of(request.headers.fields)
                if request.is_http2:
                    yield from super().send(event)
                else:
                    self.stream_id, self.request = event.stream_id, request
                    yield commands.SendData(self.conn, http1.assemble_request_head(request))
            case RequestData(data=data):
                if self.asked.is_chunked:
                    data = b"%x\r\n%s\r\n" % (len(data), data)
                if data:
                    yield commands.SendData(self.conn, data)
            case RequestEndOfMessage():
                if self.has_sent_trailers:
                    self.has_sent_trailers = False
                elif self.asked.is_chunked:
                    yield commands.SendData(self.conn, b"0\r\n\r\n")
                elif self._lasts_until_close():
                    yield commands.CloseTcpConnection(self.conn, half_close=True)
                yield from self.mark_done(request=True)
            case RequestTrailers(trailers=trailers):
                if self.asked.is_chunked:
                    self.has_sent_trailers = True
                    yield commands.SendData(self.conn, b"0\r\n" + bytes(trailers) + b"\r\n")
            case _:
                yield from super().send(event)

    def read_headers(self, event: events.ConnectionEvent) -> Commands:
        if not isinstance(event, events.DataReceived) or self.request is None:
            yield from super().read_headers(event)
            return
        assert self.stream_id is not None
        while lines := self.buf.maybe_extract_lines():
            try:
                response = read_answer([bytes(line) for line in lines])
                self.answered = framing_of(response.headers.fields)
                size = self.answered.size_of_answer(self.request.method, response.status_code)
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

    def _lasts_until_close(self) -> bool:
        assert self.request is not None
        try:
            if self.response is None:
                return self.asked.size() == UNTIL_CLOSE
            method, status = self.request.method, self.response.status_code
            return self.answered.size_of_answer(method, status) == UNTIL_CLOSE
        except ValueError:
            return False

    def _is_last(self, request: http.Request, response: http.Response) -> bool:
        # a client's HTTP/2 connection takes another one for each call that goes on by HTTP/1
        return request.is_http2 or super()._is_last(request, response)

    def _next(self) -> None:
        self.stream_id = None
