"""Carries out what was decided about the events of a streamed answer, and reads along what it cost."""

import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from mitmproxy import http
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import Layer as ProxyLayer
from mitmproxy.proxy.layers.http import SendHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    ResponseData,
    ResponseEndOfMessage,
    ResponseProtocolError,
)

from chaoskit.core.actions import Emit, Wait
from chaoskit.core.call import Event
from chaoskit.core.decide import Strike
from chaoskit.core.events import Piece, Splitter, framing_of, is_stream
from chaoskit.core.fault import Layer, settles
from chaoskit.core.usage import Meter
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.line import Line
from chaoskit.proxy.messages import answer_of
from chaoskit.proxy.perform import Asks, Performing, Steps
from chaoskit.proxy.routes import Route
from chaoskit.proxy.websocket import MessageLayer


class Eventing(Performing):
    """The part of a stream through which an answer's body passes.

    Where no injection that was drawn acts on events, it passes as it comes.
    """

    def __init__(
        self, context: Context, stream_id: int, engine: Engine, line: Line, route: Route | None
    ) -> None:
        super().__init__(context, stream_id, engine, line, route)
        self._splitter: Splitter | None = None
        self._meter: Meter | None = None
        self._is_timed = False
        self._arrivals: deque[float] = deque()
        self._arrived = 0.0
        self._due = 0.0  # of the event before

    def prepare(self) -> None:
        """Get ready for what may follow the answer's head."""
        self._is_timed = self._awaits("event")
        if self._awaits("message") and "upgrade" in self.flow.request.headers:
            # a compressed message refers to those before it: one that is missing would spoil the rest
            self.flow.request.headers.pop("sec-websocket-extensions", None)

    def note_arrival(self) -> None:
        """Note when a piece of the body came: it may have to wait for the ones before it."""
        if self._is_timed:
            self._arrivals.append(time.monotonic())

    def take_arrival(self) -> None:
        """Begin with the piece that came first."""
        if self._arrivals:
            self._arrived = self._arrivals.popleft()

    def read_along(self, response: http.Response) -> None:
        """Look at a body that is about to pass, if anything needs it."""
        if self.live is None or not self.live.later:
            return
        head = answer_of(response, None)
        framing = framing_of(head)
        if any(settles(each.fault) for each in self.live.later):
            self._meter = Meter(head)
        if framing is not None and self._acts_on("event") and is_stream(head):
            self._splitter = Splitter(framing)

    def _push_answer(self, data: bytes) -> Asks:
        """Pass a piece of the answer on; True if more may follow."""
        if self._meter is not None:
            self._settle(self._meter.feed(data))
        if self._splitter is None:
            return (yield from self._push(self.answer_pump, data, ResponseData, self.context.client))
        return (yield from self._pass(self._splitter.feed(data)))

    def _push_rest(self) -> Asks:
        """Pass on what was kept back for an event that never became whole."""
        if self._meter is not None:
            self._settle(self._meter.end())
        return self._splitter is None or (yield from self._pass(self._splitter.end()))

    def _pass(self, pieces: Sequence[Piece]) -> Asks:
        assert self.live is not None
        assert self._splitter is not None
        ready: list[bytes] = []
        for piece in pieces:
            if not isinstance(piece, Event):
                ready.append(piece)
                continue
            strikes = self.engine.event(self.live, piece)
            if not strikes:
                ready.append(piece.raw)
                continue
            if not (yield from self._flush(ready)) or not (yield from self._suffer(piece, strikes)):
                return False
        if self.live.is_lifted:
            ready += [each for each in self._splitter.rest() if isinstance(each, bytes)]
            self._splitter = None
        return (yield from self._flush(ready))

    def _flush(self, ready: list[bytes]) -> Asks:
        data = b"".join(ready)
        ready.clear()
        if not data:
            return True
        return (yield from self._push(self.answer_pump, data, ResponseData, self.context.client))

    def _suffer(self, event: Event, strikes: Sequence[Strike[Any]]) -> Asks:
        assert self.live is not None
        due = max(self._arrived, self._due)
        for strike in strikes:
            if isinstance(strike.action, Wait) and self.engine.switch.is_on(strike.injection.id):
                due += strike.action.seconds
                self.live.delayed_by = strike.injection.id
                goes_on = yield from self._wait(strike, strike.action.seconds, due)
                self.live.delayed_by = None
                if not goes_on or self._is_lost():
                    return False
        self._due = min(due, time.monotonic())  # it may have been let go early
        for strike in strikes:
            if isinstance(strike.action, Emit) and self.engine.switch.is_on(strike.injection.id):
                return (yield from self._emit(strike, strike.action))
        return (yield from self._flush([event.raw]))

    def _emit(self, strike: Strike[Any], emit: Emit) -> Asks:
        self._hit(strike)
        if not (yield from self._flush(list(emit.pieces))):
            return False
        match emit.then:
            case "go on":
                return True
            case "end":
                yield from self._end_early()
            case "silence":
                yield from self._hold(strike.injection.id)
            case "fin" | "rst" as how:
                yield from self._end(reset=how == "rst")
        return False

    def _end_early(self) -> Steps:
        """End the answer as if the provider had; the rest of its own is not read."""
        if self.is_upstream_open:
            yield from self._cancel()
        self._is_over = True
        yield SendHttp(ResponseEndOfMessage(self.stream_id), self.context.client)
        if self.client_state != self.state_done:  # a request that nobody reads on
            closed = ResponseProtocolError(self.stream_id, "answered", ErrorCode.KILL)
            yield SendHttp(closed, self.context.client)
        yield from self._leave()

    def _messages(self) -> ProxyLayer | None:
        """Return what carries an upgraded connection where a fault acts on its messages."""
        upgrade = self.flow.response.headers.get("upgrade", "") if self.flow.response else ""
        if self.live is None or not self._acts_on("message") or upgrade.lower() != "websocket":
            return None
        self.is_upstream_open = True
        return MessageLayer(self.context, self)

    def _settle(self, tokens: int) -> None:
        if tokens and self.live is not None:
            self.engine.settle(self.live, tokens)

    def _awaits(self, layer: Layer) -> bool:
        return self.live is not None and any(layer in each.fault.layers() for each in self.live.pending)

    def _acts_on(self, layer: Layer) -> bool:
        return self.live is not None and any(layer in each.fault.layers() for each in self.live.later)
