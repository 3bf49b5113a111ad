"""One call: its way to the provider and back, and every place where a fault may act on it."""

import time

from mitmproxy import http
from mitmproxy.net.http.validate import validate_headers
from mitmproxy.proxy import events
from mitmproxy.proxy.layers import tcp
from mitmproxy.proxy.layers.http import HTTPMode, SendHttp
from mitmproxy.proxy.layers.http._base import HttpEvent
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

from chaoskit.core.actions import (
    AnswerAction,
    Clog,
    Cut,
    DropTrailers,
    Duplicate,
    GoAway,
    Pace,
    Recall,
    Rewrite,
    Stall,
    Wait,
)
from chaoskit.core.call import Call
from chaoskit.core.decide import Strike
from chaoskit.proxy.asked import along, call_of, wherever
from chaoskit.proxy.http1 import Informational
from chaoskit.proxy.http2 import REFUSED, WindowIsFull
from chaoskit.proxy.line import ToDial
from chaoskit.proxy.messages import answer_of, headers_of, is_bodiless, rewrite, unframe
from chaoskit.proxy.perform import Asks, Steps, StreamCall
from chaoskit.proxy.replay import Replaying
from chaoskit.proxy.trouble import plainly

_OF_REQUEST = (RequestHeaders, RequestData, RequestTrailers, RequestEndOfMessage)
_KEPT = {ErrorCode.HTTP_1_1_REQUIRED, ErrorCode.CANCEL}


class CallStream(Replaying):
    """Streams bodies both ways, and buffers one only where a fault reads it."""

    _untrailed: Strike[AnswerAction] | None = None

    # every event goes through these two

    def handle_event(self, event: events.Event) -> Steps:
        """Notice at once that the caller left, also while the stream waits."""
        live = self.live
        if live is not None:
            if isinstance(event, RequestProtocolError) or (live.is_frozen and self._is_hung_up_by(event)):
                live.leave()
            elif isinstance(event, HttpEvent) and not live.is_gone and (live.held_by or live.is_frozen):
                return _nothing()  # nothing of a held call is ever sent, so nothing is kept
            elif isinstance(event, ResponseData):
                self.note_arrival()
        return super().handle_event(event)

    def _is_hung_up_by(self, event: events.Event) -> bool:
        """Tell whether the caller of an upgraded connection left: there, this is all that says so."""
        return isinstance(event, RequestEndOfMessage) and self.child_layer is not None

    def _handle_event(self, event: events.Event) -> Steps:
        is_end = isinstance(event, RequestProtocolError | ResponseProtocolError)
        if (self._is_over or self._is_lost()) and not isinstance(event, RequestProtocolError):
            return _nothing()
        if is_end:
            return self.handle_protocol_error(event)
        self.overhear(event)
        if isinstance(event, _OF_REQUEST):
            return self.client_state(event)
        if isinstance(event, WindowIsFull):
            return self.window_is_full()
        if isinstance(event, ResponseData):
            self.take_arrival()
        return self.server_state(event)

    # the request

    def begin(self) -> None:
        """Wait for the head."""
        self.client_state = self.state_wait_for_request_headers

    def state_wait_for_request_headers(self, event: events.Event) -> Steps:
        assert isinstance(event, RequestHeaders)
        self.flow = http.HTTPFlow(self.context.client, self.context.server)
        self.flow.request = event.request
        self.flow.live = True
        if (yield from self.check_invalid(request=True)):
            return
        if event.request.method == "CONNECT" or not self._find_route():
            yield from self._end(reset=False)
            return
        assert self.route is not None
        if (
            self.route.provider is not None
            and not event.end_stream
            and self.engine.reads_request(self._unnamed_call())
        ):
            if event.request.headers.get("expect", "").lower() == "100-continue":
                # the provider cannot be asked before the fault has read the body
                interim = http.Response(b"HTTP/1.1", 100, b"Continue", http.Headers(), None, None, 0.0, None)
                yield SendHttp(Informational(self.stream_id, interim), self.context.client)
                event.request.headers.pop("expect")
            self.client_state = self.state_consume_request_body
            return
        self.client_state = self.state_stream_request_body
        body = b"" if event.end_stream else None
        if (yield from self._begin(body)) and (yield from self.make_server_connection()):
            head = RequestHeaders(self.stream_id, self.flow.request, end_stream=event.end_stream)
            yield SendHttp(head, self.context.server)
            self.server_state = self.state_wait_for_response_headers

    def state_consume_request_body(self, event: events.Event) -> Steps:
        if isinstance(event, RequestData):
            self.request_body_buf += event.data
        elif isinstance(event, RequestTrailers):
            self.flow.request.trailers = event.trailers
        elif isinstance(event, RequestEndOfMessage):
            self.client_state = self.state_stream_request_body
            body = bytes(self.request_body_buf)
            self.request_body_buf.clear()
            if not (yield from self._begin(body)) or not (yield from self.make_server_connection()):
                return
            yield SendHttp(
                RequestHeaders(self.stream_id, self.flow.request, end_stream=False), self.context.server
            )
            self.server_state = self.state_wait_for_response_headers
            yield from self.state_stream_request_body(RequestData(self.stream_id, body))
            yield from self.state_stream_request_body(event)

    def state_stream_request_body(self, event: events.Event) -> Steps:
        if self._is_over:
            return
        if isinstance(event, RequestData):
            yield from self._push(self.request_pump, event.data, RequestData, self.context.server)
        elif isinstance(event, RequestTrailers):
            self.flow.request.trailers = event.trailers
        elif isinstance(event, RequestEndOfMessage):
            if self.flow.request.trailers:
                trailers = RequestTrailers(self.stream_id, self.flow.request.trailers)
                yield SendHttp(trailers, self.context.server)
            self.client_state = self.state_done
            yield SendHttp(event, self.context.server)
            if self.server_state == self.state_done:
                yield from self._leave()

    def make_server_connection(self) -> Asks:
        assert self.route is not None
        dial = self.route.dial
        ask = ToDial((dial.host, dial.port), self.route.tls, None, "tcp", self.route.host)
        connection, problem = self.line.usable(ask), None
        if connection is None:
            connection, problem = yield ask
        if self._is_lost():
            return False
        if problem:
            text = f"cannot reach {dial}: {plainly(problem)}"
            yield from self.handle_protocol_error(ResponseProtocolError(self.stream_id, text, ErrorCode.KILL))
            return False
        self.context.server = self.flow.server_conn = connection
        self.is_upstream_open = True
        return True

    # the answer

    def state_wait_for_response_headers(self, event: events.Event) -> Steps:
        if isinstance(event, Informational):
            yield SendHttp(event, self.context.client)
            return
        assert isinstance(event, ResponseHeaders)
        response = self.flow.response = event.response
        try:
            validate_headers(response)
        except ValueError as problem:
            text = f"the provider's answer has an {problem}"
            yield from self.handle_protocol_error(ResponseProtocolError(self.stream_id, text, ErrorCode.KILL))
            return
        if self.live is not None:
            self.live.attempt.status = response.status_code
            self.engine.ways.fronts.see_headers(self.live.call.host, headers_of(response))
            self.engine.record.reach(self.live.attempt)
            if self.again is not None and response.status_code != 101:
                self.server_state = self.state_keep_first_answer
                return
            if any(each.fault.reads_answer for each in self.live.pending) and response.status_code != 101:
                self.server_state = self.state_consume_response_body
                return
        yield from self._answer(None, end_stream=event.end_stream)

    def state_consume_response_body(self, event: events.Event) -> Steps:
        body = self._take_in(event)
        if body is not None:
            yield from self._answer(body, end_stream=False)

    def state_stream_response_body(self, event: events.Event) -> Steps:
        assert self.flow.response is not None
        if isinstance(event, ResponseData):
            yield from self._push_answer(event.data)
        elif isinstance(event, ResponseTrailers):
            self.flow.response.trailers = event.trailers
        elif isinstance(event, ResponseEndOfMessage):
            self.is_upstream_open = False
            if (yield from self._push_rest()):
                yield from self._end_answer()

    def _answer(self, body: bytes | None, *, end_stream: bool) -> Steps:
        """Do to an answer what was decided, and send its head; its body too if it is in hand."""
        assert self.flow.response is not None
        response = self.flow.response
        strikes = () if self.live is None else self.engine.answered(self.live, answer_of(response, body))
        due = time.monotonic()
        for strike in strikes:
            if self.live is None or self.live.is_lifted:
                break
            match strike.action:
                case Wait(seconds):
                    due += seconds
                    if not (yield from self._wait(strike, seconds, due)):
                        return
                case Rewrite() as change:
                    self._hit(strike)
                    rewrite(response, change)
                    body = body if change.body is None else change.body
                case Pace() as pace:
                    self._hit(strike)
                    self.answer_pump.slow_down(pace)
                case DropTrailers():
                    self._untrailed = strike
                case Cut(unframed=True) if not self._ends_with_connection():
                    continue
                case Cut() | Stall() as ending:
                    if isinstance(ending, Cut) and ending.unframed:
                        unframe(response)
                    self.answer_pump.end_early(strike)
                case _:
                    yield from self._end_by(strike)
                    return
        if self._is_over or self._is_lost():
            return
        is_empty = end_stream or is_bodiless(self.flow.request, response)
        yield SendHttp(ResponseHeaders(self.stream_id, response, is_empty), self.context.client)
        self.server_state = self.state_stream_response_body
        if not is_empty:
            self.read_along(response)
        if not is_empty and (yield from self._has_stopped()):
            return
        if body is None:
            return
        if self.is_upstream_open:  # rewritten before it has come
            yield from self._cancel()
        if is_empty or ((yield from self._push_answer(body)) and (yield from self._push_rest())):
            yield from self._end_answer()

    def _end_answer(self) -> Steps:
        assert self.flow.response is not None
        if self.flow.response.trailers and self._untrailed is not None:
            self._hit(self._untrailed)
        elif self.flow.response.trailers:
            yield SendHttp(ResponseTrailers(self.stream_id, self.flow.response.trailers), self.context.client)
        self.server_state = self.state_done
        end = ResponseEndOfMessage(self.stream_id)
        if self.flow.response.status_code == 101:
            # whatever the connection speaks from now on passes as it is, unless a fault reads its messages
            self.child_layer = self._messages() or tcp.TCPLayer(self.context, ignore=True)
            self._handle_event = self.passthrough  # type: ignore[method-assign]
            yield from self.child_layer.handle_event(events.Start())
            yield SendHttp(end, self.context.client)
            return
        # the end goes out even if the request's has not come: a client may wait for it
        yield SendHttp(end, self.context.client)
        if self.client_state == self.state_done:
            yield from self._leave()

    # what a fault does

    def _begin(self, body: bytes | None) -> Asks:
        """Decide about the call, and carry that out; True if it is to be sent."""
        assert self.route is not None
        if self.route.provider is None:
            return True
        since = time.monotonic()
        entry = self.line.enter(self.route)
        call = call_of(
            self.flow.request,
            self.route,
            self.engine,
            str(self.line.client.peername[0]),
            name=self.engine.name,
            connection=entry.connection.conn.identity,
            body=body,
        )
        decision, attempt = self.engine.decide(call)
        self.engine.tell(entry.connection, attempt)
        self.live = StreamCall(call, attempt, decision, self)
        self.engine.live.add(self.live)
        self.prepare()
        self._listen()
        if self.line.departed is not None:
            self.engine.hit_too(self.live, self.line.departed)
            yield from self._end(reset=True, code=REFUSED)
            return False
        due = since
        for strike in (*entry.strikes, *decision.strikes):
            if self.live.is_lifted:
                break
            match strike.action:
                case Wait(seconds):
                    due += seconds
                    if not (yield from self._wait(strike, seconds, due)):
                        return False
                case Pace() as pace:
                    self._hit(strike)
                    self.request_pump.slow_down(pace)
                case Recall() | Duplicate() | Clog() | GoAway(refuses="later"):
                    if not (yield from self._prepare(strike, body)):
                        return False
                case _:
                    yield from self._end_by(strike)
                    return False
        return not self._is_lost()

    # the rest

    def handle_protocol_error(self, event: RequestProtocolError | ResponseProtocolError) -> Steps:
        if isinstance(event, RequestProtocolError):
            if self.live is not None:
                self.live.leave()
            if self.is_upstream_open:
                yield SendHttp(event, self.context.server)
        elif self.again is not None and self.again.first is not None and not self._is_over:
            yield from self._deliver_first()  # it is the second that failed
            return
        elif self.server_state != self.state_done and not self._is_over:
            if self.live is not None:
                self.live.attempt.error = event.message
            # a page of mitmproxy's own would pass for the provider's answer, so there is none
            event.code = event.code if event.code in _KEPT else ErrorCode.KILL
            self._break_off()
            yield SendHttp(event, self.context.client)
        self.is_upstream_open = False
        yield from self._leave()

    def _ends_with_connection(self) -> bool:
        """Tell whether an answer can end by its connection's end alone, and TLS tell how that was meant."""
        client = self.context.client
        return client.tls and client.alpn != b"h2"

    def _find_route(self) -> bool:
        """Point the request at where it goes; False where that cannot be told."""
        if self.mode is HTTPMode.transparent:
            assert self.route is not None
            self.route = along(self.flow.request, self.route)
        else:
            self.route = wherever(self.flow.request, self.engine)
        return self.route is not None

    def _unnamed_call(self) -> Call:
        assert self.route is not None
        return call_of(self.flow.request, self.route, self.engine, str(self.line.client.peername[0]))


def _nothing() -> Steps:
    yield from ()
