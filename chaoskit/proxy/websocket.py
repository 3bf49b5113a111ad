"""Carries out what was decided about the messages of a WebSocket."""

import os
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Literal

from mitmproxy.connection import Connection
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import Layer

from chaoskit.core.actions import Close, CloseFrame, Hold, Repeat, Wait
from chaoskit.core.call import Message
from chaoskit.core.decide import Strike
from chaoskit.core.frames import Frames, FrameSplitter, close_frame
from chaoskit.proxy.line import Pause
from chaoskit.proxy.live import Live, Woke
from chaoskit.proxy.perform import Asks, Performing, Steps

_PATIENCE = 2.0
"""Seconds for a client to answer a close frame, before its connection is closed all the same."""


class LiveWay(Live):
    """One direction, which may wait while the other goes on."""

    def __init__(self, stream: Performing) -> None:
        assert stream.live is not None
        super().__init__(stream.live.provider, stream.live.attempt)
        self._stream = stream

    def drop(self, *, reset: bool) -> None:
        """Close the whole: half a WebSocket is of no use."""
        self._stream.line.drop_call(self._stream.stream_id, reset=reset)

    def wake(self) -> None:
        """End a pause before its time."""
        self._wake(Woke.TIME)


class MessageLayer(Layer):
    """Both directions of one WebSocket."""

    def __init__(self, context: Context, stream: Performing) -> None:
        super().__init__(context)
        assert stream.live is not None
        self.is_closing = False
        self._live = stream.live
        client, server = context.client, context.server
        self._up = Way(context, self, stream, "up", server)
        self._down = Way(context, self, stream, "down", client)
        self._owners: dict[commands.Command, Way] = {}
        stream.live.ways = (self._up.live, self._down.live)

    def _handle_event(self, event: events.Event) -> Steps:
        match event:
            case events.CommandCompleted():
                way = self._owners.pop(event.command)
            case events.ConnectionClosed() if event.connection is self.context.client:
                self._live.leave()  # also where what it sent before has to wait
                yield commands.CloseConnection(self.context.server)
                yield commands.CloseConnection(self.context.client)
                return
            case events.ConnectionEvent():
                way = self._up if event.connection is self.context.client else self._down
            case _:
                return
        for command in way.handle_event(event):
            if command.blocking is way:
                self._owners[command] = way
            yield command

    def wake(self) -> None:
        """The client has answered the close frame."""
        self._up.live.wake()
        self._down.live.wake()


class Way(Layer):
    """One direction of a WebSocket: what is struck waits, vanishes or multiplies; the order stays."""

    def __init__(
        self,
        context: Context,
        both: MessageLayer,
        stream: Performing,
        direction: Literal["up", "down"],
        to: Connection,
    ) -> None:
        super().__init__(context)
        self.live = LiveWay(stream)
        self._both = both
        self._stream = stream
        self._direction: Literal["up", "down"] = direction
        self._to = to
        self._splitter = FrameSplitter()
        self._arrivals: deque[float] = deque()
        self._index = 0
        self._due = 0.0
        self._is_silent = False

    def handle_event(self, event: events.Event) -> Steps:
        """Note when it came; it may have to wait for the ones before it."""
        if not isinstance(event, events.CommandCompleted):
            if self._both.is_closing:
                self._watch(event)
                return
            if self._is_silent:
                return  # nothing of it is ever sent, so nothing is kept
            if isinstance(event, events.DataReceived):
                self._arrivals.append(time.monotonic())
        yield from super().handle_event(event)

    def _handle_event(self, event: events.Event) -> Steps:
        if self._is_off():
            return
        if isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(self._to)
        elif isinstance(event, events.DataReceived):
            arrived = self._arrivals.popleft()
            for piece in self._splitter.feed(event.data):
                if isinstance(piece, bytes):
                    yield commands.SendData(self._to, piece)
                elif not (yield from self._pass(piece, arrived)):
                    return

    def _pass(self, frames: Frames, arrived: float) -> Asks:
        stream, live = self._stream, self._stream.live
        assert live is not None
        message = Message(index=self._index, direction=self._direction, kind=frames.kind, size=frames.size)
        self._index += not frames.is_control
        strikes = stream.engine.message(live, message)
        if not (yield from self._wait(strikes, arrived)):
            return False
        times = 1
        for strike in strikes:
            action = strike.action
            if isinstance(action, Wait) or not stream.engine.switch.is_on(strike.injection.id):
                continue
            stream._hit(strike)  # noqa: SLF001 - the other half of one stream
            match action:
                case Repeat(count):
                    times *= count
                case Hold():
                    self._is_silent = True
                    self.live.held_by = strike.injection.id
                    return False
                case Close(reset):
                    yield from stream._end(reset=reset)  # noqa: SLF001
                    return False
                case CloseFrame(code, reason):
                    yield from self._close(code, reason)
                    return False
                case _:
                    raise TypeError(f"{strike.injection.id} asks for {action!r} of a message")
        for _ in range(times):
            yield commands.SendData(self._to, frames.raw)
        return True

    def _wait(self, strikes: Sequence[Strike[Any]], arrived: float) -> Asks:
        """Let delays pass: each message is late by its own, and none overtakes another."""
        attempt = self.live.attempt
        due = arrived
        for strike in strikes:
            if isinstance(strike.action, Wait):
                self._stream._hit(strike)  # noqa: SLF001
                attempt.asked += strike.action.seconds
                due += strike.action.seconds
                self.live.delayed_by = strike.injection.id
        if due > arrived:
            self._due = max(self._due, due)
            before = time.monotonic()
            yield Pause(self.live, self._due, None)
            attempt.waited += time.monotonic() - before
            self.live.delayed_by = None
            self._due = min(self._due, time.monotonic())  # it may have been let go early
        return not self._is_off()

    def _close(self, code: int, reason: str) -> Steps:
        """Tell both sides; then close, when the client has answered or has had time to."""
        self._both.is_closing = True
        yield commands.SendData(self.context.client, close_frame(code, reason))
        yield commands.SendData(self.context.server, close_frame(code, reason, os.urandom(4)))
        yield Pause(self.live, time.monotonic() + _PATIENCE, None)
        yield from self._stream._end(reset=False)  # noqa: SLF001

    def _watch(self, event: events.Event) -> None:
        if self._direction != "up" or not isinstance(event, events.DataReceived):
            return
        for piece in self._splitter.feed(event.data):
            if isinstance(piece, Frames) and piece.kind == "close":
                self._both.wake()

    def _is_off(self) -> bool:
        live = self._stream.live
        return live is None or live.is_gone or live.is_frozen or self._is_silent or self._both.is_closing
