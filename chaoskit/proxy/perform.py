"""Carries out on one call what was decided about it: waits, holds, ends, replies, slow bodies."""

import time
from collections.abc import Callable, Generator
from typing import Any

from mitmproxy.connection import Connection
from mitmproxy.proxy import commands
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import DropStream, HttpStream, SendHttp
from mitmproxy.proxy.layers.http._base import HttpEvent
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestProtocolError,
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseProtocolError,
    ResponseTrailers,
)

from chaoskit.core.actions import Close, Cut, GoAway, Hold, Raw, Refuse, Reply, Stall
from chaoskit.core.call import Call
from chaoskit.core.decide import Decision, Strike
from chaoskit.proxy.answers import Kept
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.followed import LiveCall
from chaoskit.proxy.http2 import REFUSED, ResetStream, SayGoAway
from chaoskit.proxy.line import Line, Pause, Reset
from chaoskit.proxy.live import Live, Woke
from chaoskit.proxy.messages import is_bodiless, reply_to
from chaoskit.proxy.pump import Pump
from chaoskit.proxy.record import Attempt
from chaoskit.proxy.routes import Route

Steps = Generator[commands.Command, Any, None]
Asks = Generator[commands.Command, Any, bool]
"""Steps that say at their end whether the call goes on."""


class StreamCall(LiveCall):
    """A call, and the stream that carries it."""

    def __init__(self, call: Call, attempt: Attempt, decision: Decision, stream: "Performing") -> None:
        super().__init__(call, attempt, decision)
        self._stream = stream
        self.ways: tuple[Live, ...] = ()  # of a WebSocket: each waits apart from the other

    def leave(self) -> None:
        super().leave()
        for way in self.ways:
            way.leave()

    def over(self, injection: str) -> None:
        super().over(injection)
        for way in self.ways:
            way.over(injection)

    def lift(self) -> None:
        super().lift()
        for way in self.ways:
            way.lift()

    def has_left(self, *, is_late: bool) -> bool:
        line = self._stream.line
        return self.is_gone or line.has_left() or line.has_reset(self._stream.stream_id)

    def drop(self, *, reset: bool) -> None:
        self._stream.line.drop_call(self._stream.stream_id, reset=reset)

    def limit(self, strike: Strike[Cut | Stall]) -> None:
        self._stream.answer_pump.end_early(strike)


class Performing(HttpStream):
    """The half of a stream that faults act through. Everything here is decided already.

    Over HTTP/1 to end a call means to close the client's connection. Over HTTP/2 it means to reset its
    stream: the calls beside it were not drawn, and go on.
    """

    def __init__(
        self, context: Context, stream_id: int, engine: Engine, line: Line, route: Route | None
    ) -> None:
        super().__init__(context, stream_id)
        self.engine = engine
        self.line = line
        self.route = route
        self.live: StreamCall | None = None
        self.request_pump = Pump()
        self.answer_pump = Pump()
        self.is_upstream_open = False
        self._is_over = False

    def _end_by(self, strike: Strike[Any]) -> Steps:
        self._hit(strike)
        match strike.action:
            case Hold():
                yield from self._hold(strike.injection.id)
            case Close(reset, code):
                yield from self._end(reset=reset, code=code)
            case Raw(data):
                yield commands.SendData(self.context.client, data)
                yield from self._end(reset=False)
            case GoAway():
                yield from self._depart(strike)
            case Refuse():
                yield from self._end(reset=True)
            case Reply(wait=wait) as reply:
                if not wait or (yield from self._wait(strike, wait, time.monotonic() + wait)):
                    yield from self._reply(reply)
            case action:
                raise TypeError(f"{strike.injection.id} asks for {action!r}, which a call cannot suffer here")

    def _reply(self, reply: Reply) -> Steps:
        assert self.live is not None
        if self.is_upstream_open:
            yield from self._cancel()
        self.live.attempt.status = reply.status
        response = reply_to(self.flow.request, reply, time.time())
        yield from self._give(Kept(response, response.raw_content or b""))

    def _give(self, kept: Kept) -> Steps:
        """Answer with what is in hand."""
        request, response, body = self.flow.request, kept.response, kept.body
        self.flow.response = response
        is_empty = is_bodiless(request, response) or not body
        ends = is_empty and kept.trailers is None
        yield SendHttp(ResponseHeaders(self.stream_id, response, ends), self.context.client)
        if not is_empty:
            yield SendHttp(ResponseData(self.stream_id, body), self.context.client)
        if kept.trailers is not None:
            yield SendHttp(ResponseTrailers(self.stream_id, kept.trailers), self.context.client)
        self._is_over = True
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)
        if "expect" in request.headers and self.client_state != self.state_done:
            # a caller that waits for 100 sends no body now, so the connection is out of step
            yield SendHttp(
                ResponseProtocolError(self.stream_id, "answered", ErrorCode.KILL), self.context.client
            )
        yield from self._leave()

    def _wait(self, strike: Strike[Any], seconds: float, until: float) -> Asks:
        """Let a delay pass, to an instant and not for a time: the error does not add up."""
        assert self.live is not None
        self._hit(strike)
        self.live.attempt.asked += seconds
        goes_on = yield from self._pause(until)
        # from the instant that the delay counts from: on a busy machine some of it is over already
        self.live.attempt.waited += time.monotonic() - (until - seconds)
        return goes_on

    def _pause(self, until: float) -> Asks:
        assert self.live is not None
        pause = Pause(self.live, until, None)
        yield pause
        match pause.woke:
            case Woke.TIME | Woke.LIFTED:
                return True
            case Woke.SEIZED:
                assert self.live.seizure is not None
                injection, action = self.live.seizure
                self.live.seizure = None
                if isinstance(action, Hold):
                    yield from self._hold(injection.id)
                else:
                    yield from self._end(reset=action.reset)
            case _:
                self._is_over = True
        return False

    def _hold(self, injection: str) -> Steps:
        """Say nothing until the caller leaves or the injection ends, then close.

        Where the injection has ended meanwhile (its answer came late), nobody would say so again.
        """
        assert self.live is not None
        self._is_over = True
        if self.engine.switch.is_on(injection):
            pause = Pause(self.live, None, injection)
            yield pause
            if pause.woke is Woke.GONE:
                return
        yield from self._end(reset=False)

    def _depart(self, strike: Strike[Any]) -> Steps:
        """Say GOAWAY. Whatever comes on the connection from now is refused, and a hit."""
        action = strike.action
        assert isinstance(action, GoAway)
        self.line.departed = strike
        if action.refuses == "all":
            for live in self.line.calls_on():
                self.engine.hit_too(live, strike)
        yield SendHttp(SayGoAway(self.stream_id, action.code, action.refuses), self.context.client)
        if action.refuses == "this":
            yield from self._end(reset=True, code=REFUSED)

    def _end(self, *, reset: bool, code: int | None = None) -> Steps:
        """Close towards the client: over HTTP/1 its connection, over HTTP/2 this stream only."""
        self._is_over = True
        self._break_off()
        if reset and self.context.client.alpn != b"h2":
            yield Reset(self.line)
        if self.is_upstream_open:
            yield from self._cancel()
        if code is not None and self.context.client.alpn == b"h2":
            yield SendHttp(ResetStream(self.stream_id, code), self.context.client)
        else:
            end = ResponseProtocolError(self.stream_id, "closed", ErrorCode.KILL)
            yield SendHttp(end, self.context.client)
        yield from self._leave()

    def _break_off(self) -> None:
        """Over HTTP/1 the connection ends with the call, and without a close_notify."""
        if self.context.client.alpn != b"h2":
            self.line.is_broken = True

    def _cancel(self) -> Steps:
        self.is_upstream_open = False
        cancel = RequestProtocolError(self.stream_id, "cancelled", ErrorCode.CANCEL)
        yield SendHttp(cancel, self.context.server)

    def _push(self, pump: Pump, data: bytes, kind: Callable[[int, bytes], HttpEvent], to: Connection) -> Asks:
        """Pass a piece of a body on as the pump allows; True if more may follow."""
        if self.live is not None and self.live.is_lifted:
            pump.lift()
        for part, due in pump.parts(pump.take(data), time.monotonic()):
            if due is not None and not (yield from self._paced(pump, due)):
                return False
            yield SendHttp(kind(self.stream_id, part), to)
        return not (yield from self._has_stopped()) if pump is self.answer_pump else True

    def _paced(self, pump: Pump, due: float) -> Asks:
        goes_on = yield from self._pause(due)
        assert self.live is not None
        if self.live.is_lifted:
            pump.lift()
        return goes_on

    def _has_stopped(self) -> Asks:
        """End the answer here if a fault says so."""
        ending = self.answer_pump.ending
        if ending is None or not self.answer_pump.has_ended():
            return False
        self._hit(ending)
        match ending.action:
            case Cut(reset=reset, code=code):
                yield from self._end(reset=reset, code=code)
            case Stall():
                yield from self._hold(ending.injection.id)
        return True

    def _leave(self) -> Steps:
        self.finish()
        yield DropStream(self.stream_id)

    def finish(self) -> None:
        """The call is over, in whatever way."""
        self._is_over = True
        self.flow.live = False
        self.client_state = self.server_state = self.state_errored
        if self.live is not None:
            self.engine.end(self.live)

    def _is_lost(self) -> bool:
        return self.live is not None and (self.live.is_gone or self.live.is_frozen)

    def _hit(self, strike: Strike[Any]) -> None:
        assert self.live is not None
        self.engine.hit(self.live, strike)
