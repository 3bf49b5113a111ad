"""Carries out on one call what needs another answer, or another call."""

import time
from dataclasses import dataclass

from mitmproxy.proxy import events
from mitmproxy.proxy.layers.http import SendHttp
from mitmproxy.proxy.layers.http._base import HttpEvent
from mitmproxy.proxy.layers.http._events import (
    RequestData,
    RequestEndOfMessage,
    RequestHeaders,
    RequestTrailers,
    ResponseData,
    ResponseEndOfMessage,
    ResponseTrailers,
)

from chaoskit.core.actions import CallAction, Clog, Duplicate, GoAway, Recall
from chaoskit.core.decide import Strike
from chaoskit.proxy.answers import Kept, Tape, key_of
from chaoskit.proxy.events import Eventing
from chaoskit.proxy.http2 import EndClog, StartClog
from chaoskit.proxy.perform import Asks, Steps


@dataclass(slots=True)
class Again:
    """A call that is to be sent twice. ``first`` is its first answer, once it is in hand."""

    strike: Strike[CallAction]
    body: bytes
    first: Kept | None = None


class Replaying(Eventing):
    """The calls that are sent twice, or answered from memory, or stopped in their upload."""

    again: Again | None = None
    tape: Tape | None = None
    clog: Strike[CallAction] | None = None

    def overhear(self, event: events.Event) -> None:
        """Keep the answer if a fault may ask for it later."""
        if self.tape is not None and isinstance(event, HttpEvent):
            self.tape.hear(event)
            if self.tape.kept is not None:
                self.engine.answers.keep(self.tape)
                self.tape = None

    def _prepare(self, strike: Strike[CallAction], body: bytes | None) -> Asks:
        """Do what a call suffers and still goes on from; True if it does."""
        assert self.live is not None
        match strike.action:
            case Recall():
                kept = self.engine.answers.find(self.live.call)
                if kept is not None:
                    self._hit(strike)
                    self.live.attempt.status = kept.response.status_code
                    yield from self._give(kept)
                    return False
            case Duplicate():
                # an upload that began before the fault was on is not in hand
                self.again = None if body is None else Again(strike, body)
            case Clog():
                self.clog = strike
                yield SendHttp(StartClog(self.stream_id), self.context.client)
            case GoAway():
                self._hit(strike)
                yield from self._depart(strike)
            case action:
                raise TypeError(f"{strike.injection.id} asks for {action!r}, which a call cannot suffer here")
        return True

    def _listen(self) -> None:
        """Remember the answer to come, where a fault may ask for it later."""
        assert self.live is not None
        if self.engine.remembers(self.live.call):
            self.tape = Tape(key_of(self.live.call))

    def window_is_full(self) -> Steps:
        if self.clog is None or self._is_over or self._is_lost():
            return
        strike, self.clog = self.clog, None
        if self.engine.switch.is_on(strike.injection.id):
            self._hit(strike)
            yield from self._hold(strike.injection.id)
        else:
            yield SendHttp(EndClog(self.stream_id), self.context.client)

    def _take_in(self, event: events.Event) -> bytes | None:
        """Take a piece of the provider's answer in; return the whole body at its end."""
        assert self.flow.response is not None
        if isinstance(event, ResponseData):
            self.response_body_buf += event.data
        elif isinstance(event, ResponseTrailers):
            self.flow.response.trailers = event.trailers
        elif isinstance(event, ResponseEndOfMessage):
            self.is_upstream_open = False
            body = bytes(self.response_body_buf)
            self.response_body_buf.clear()
            return body
        return None

    # the same call twice, one after the other

    def state_keep_first_answer(self, event: events.Event) -> Steps:
        """Take in the answer to the first, then send the call again."""
        body = self._take_in(event)
        if body is not None:
            assert self.again is not None
            assert self.flow.response is not None
            self.again.first = Kept(self.flow.response, body)
            # the provider's connection is free again only when this event is done with
            if (yield from self._pause(time.monotonic())):
                yield from self._send_again(self.again)

    def _send_again(self, again: Again) -> Steps:
        assert self.live is not None
        if self.live.is_lifted:
            yield from self._deliver_first()
            return
        if again.strike.action == Duplicate("second"):
            self.again = None
        if not (yield from self.make_server_connection()):
            return
        self._hit(again.strike)
        request = self.flow.request
        head = RequestHeaders(self.stream_id, request, end_stream=not again.body and not request.trailers)
        yield SendHttp(head, self.context.server)
        if again.body:
            yield SendHttp(RequestData(self.stream_id, again.body), self.context.server)
        if request.trailers:
            yield SendHttp(RequestTrailers(self.stream_id, request.trailers), self.context.server)
        yield SendHttp(RequestEndOfMessage(self.stream_id), self.context.server)
        if self.again is None:
            self.server_state = self.state_wait_for_response_headers
        else:
            self.server_state = self.state_ignore_second_answer

    def state_ignore_second_answer(self, event: events.Event) -> Steps:
        """Let the second answer go by; its end sets the first one free."""
        if isinstance(event, ResponseEndOfMessage):
            self.is_upstream_open = False
            yield from self._deliver_first()

    def _deliver_first(self) -> Steps:
        assert self.again is not None
        assert self.again.first is not None
        kept, self.again = self.again.first, None
        self.flow.response = kept.response
        yield from self._answer(kept.body, end_stream=False)

    def _answer(self, body: bytes | None, *, end_stream: bool) -> Steps:
        raise NotImplementedError
