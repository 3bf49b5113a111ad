"""Stands between a client's socket and whatever carries it, and lets bytes pass as they may.

It is a protocol to the socket and a transport to the carrier, so that both lanes have one and the same. A
connection that no shape is about has none.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from chaoskit.core.actions import Limit, Shape
from chaoskit.core.decide import Strike
from chaoskit.proxy.lane import hang_up, has_unsent
from chaoskit.proxy.shape import End, Flow, Limited, Lingering, Way, stage_of

HIGH = 256 * 1024
"""Bytes that are held in one direction before its sender must wait; as a window of TCP would let it."""
LOW = 64 * 1024
_PATIENCE = 1.0
"""Seconds that an RST waits for what was sent before it: it would destroy that."""


class Filter(asyncio.Transport, asyncio.Protocol):
    """Two flows, at most one timer for each, and no task.

    ``on_hit`` is told of a strike when it has changed something, or is about to; ``on_silence`` that nothing
    may pass any more; ``on_end`` that the socket is gone.
    """

    def __init__(
        self,
        real: asyncio.Transport,
        on_hit: Callable[[Strike[Shape]], None],
        on_silence: Callable[[Strike[Shape]], None],
        on_end: Callable[[], None],
    ) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._real = real
        self._on_hit, self._on_silence, self._on_end = on_hit, on_silence, on_end
        upper = real.get_protocol()
        assert isinstance(upper, asyncio.Protocol)
        self._upper = upper
        self._up, self._down = Flow(), Flow()
        self._injections: set[str] = set()
        self._told: set[str] = set()
        self._timers: dict[Way, asyncio.TimerHandle] = {}
        self._expiring: list[asyncio.TimerHandle] = []
        self._wants = real.is_reading()  # whether the carrier would take more
        self._is_silent = False
        self._is_closing = False
        self._has_ended = False  # the sending side towards the client
        self._has_client_ended = False
        self._is_pumping = False
        self.is_lost = False
        if isinstance(real, Filter):  # that of another provider, over plain HTTP
            self._is_full = self._is_upper_paused = real._is_upper_paused  # noqa: SLF001 - the same class
        else:
            # with no room at all, it has told the carrier to pause exactly if anything is left to send
            real.set_write_buffer_limits(high=0)
            self._is_full = self._is_upper_paused = real.get_write_buffer_size() > 0
        real.set_protocol(self)
        real.set_write_buffer_limits()

    # what the faults say

    def add(self, strike: Strike[Shape]) -> None:
        """Let everything that comes from now on suffer ``strike``; an injection strikes only once."""
        name = strike.injection.id
        if name in self._injections or self.is_lost or self._is_silent:
            return
        self._injections.add(name)
        for flow, way in self._flows():
            stage = stage_of(strike, way)
            if stage is None:
                continue
            flow.stages.append(stage)
            if isinstance(stage, Limited) and isinstance(strike.action, Limit):
                seconds = strike.action.seconds
                if seconds is not None:
                    self._expiring.append(self._loop.call_later(seconds, self._expire, stage))

    def let_go(self, injection: str | None) -> None:
        """An injection has ended (None: all have): what it holds passes now, in its order."""
        for flow, _ in self._flows():
            flow.remove(injection, self._loop.time())
        self._pump_up()
        self._pump_down()

    def freeze(self) -> None:
        """Let nothing pass any more, and read on, so as to see the client leave."""
        if self._is_silent:
            return  # a reset may be on its way, which must not be stopped
        self._is_silent = True
        self._stop()
        self._say_how_full()
        if not self.is_lost:
            self._real.resume_reading()

    def _expire(self, stage: Limited) -> None:
        stage.expire(self._loop.time())
        self._pump_up()
        self._pump_down()

    # as the socket's protocol

    def data_received(self, data: bytes) -> None:
        if self._is_silent or self._is_closing:
            return
        if self._up.is_free and self._wants:
            self._upper.data_received(data)
        else:
            self._up.put(data, self._loop.time())
            self._pump_up()

    def eof_received(self) -> bool:
        """Pass it on in its place. The socket stays open: the carrier says when it is to be closed."""
        self._has_client_ended = True
        for stage in self._down.stages:
            if isinstance(stage, Lingering):
                stage.let_go()
        if self._is_closing:
            self._close_if_nothing_waits()
        elif self._is_silent or self._up.is_free:
            if not self._upper.eof_received():
                self.close()
        else:
            self._up.put(End("eof"), self._loop.time())
            self._pump_up()
        return True

    def pause_writing(self) -> None:
        self._is_full = True
        self._say_how_full()

    def resume_writing(self) -> None:
        self._is_full = False
        self._say_how_full()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self._stop()
        self._upper.connection_lost(exc)
        self._on_end()

    # as the carrier's transport

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._real.get_extra_info(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self._upper = protocol
        if self._is_upper_paused:
            protocol.pause_writing()

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._upper

    def is_reading(self) -> bool:
        return self._wants and not self.is_closing()

    def pause_reading(self) -> None:
        self._wants = False
        self._read_on()

    def resume_reading(self) -> None:
        self._wants = True
        self._pump_up()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._is_silent or self._has_ended or self.is_closing():
            return
        if self._down.is_free:
            self._real.write(data)
        else:
            self._down.put(bytes(data), self._loop.time())
            self._pump_down()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if not self.is_closing():
            self._down.put(End("eof"), self._loop.time())
            self._pump_down()

    def close(self) -> None:
        """Close once everything that was written has passed, as a socket does."""
        if self.is_closing():
            return
        self._is_closing = True
        if self._is_silent:
            self._real.close()
            return
        self._down.put(End("close"), self._loop.time())
        self._pump_down()
        self._close_if_nothing_waits()
        self._read_on()

    def reset_in_order(self) -> None:
        """Reset once everything that was written has passed: the provider's own RST, on a slow line."""
        if self.is_closing():
            return
        self._is_closing = True
        self._down.put(End("rst"), self._loop.time())
        self._pump_down()
        self._read_on()

    def abort(self) -> None:
        self._is_closing = True
        self._stop()
        self._real.abort()

    def is_closing(self) -> bool:
        return self._is_closing or self._real.is_closing()

    def get_write_buffer_size(self) -> int:
        return self._real.get_write_buffer_size() + self._down.size

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return LOW, HIGH

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Take no notice: how much may be held is for the faults to say."""

    # what passes

    def _flows(self) -> tuple[tuple[Flow, Way], tuple[Flow, Way]]:
        return (self._up, "up"), (self._down, "down")

    def _pump_up(self) -> None:
        if self._is_pumping:
            return  # the carrier says that it wants more while it takes a piece
        self._is_pumping = True
        try:
            while self._wants and not self._is_silent and not self._is_closing:
                piece = self._up.next(self._loop.time())
                match piece:
                    case None:
                        break
                    case bytes():
                        self._upper.data_received(piece)
                    case End(strike=None):
                        if not self._upper.eof_received():
                            self.close()
                    case End():
                        self._end(piece)
        finally:
            self._is_pumping = False
        self._call_again("up", self._up.due() if self._wants else None, self._pump_up)
        self._report()
        self._read_on()

    def _pump_down(self) -> None:
        while not self._is_silent and (piece := self._down.next(self._loop.time())) is not None:
            match piece:
                case bytes():
                    if not self._has_ended:
                        self._real.write(piece)
                case End("eof"):
                    self._end_sending()
                case End("close"):
                    self._real.close()
                case End("rst", None):
                    self._reset_when_sent()
                case End():
                    self._end(piece)
        self._call_again("down", self._down.due(), self._pump_down)
        self._report()
        self._say_how_full()

    def _end(self, end: End) -> None:
        """Carry out what a Limit asks for: what may pass before it has passed."""
        assert end.strike is not None
        if self._real.is_closing():
            return
        self._on_hit(end.strike)
        match end.how:
            case "half":
                self._end_sending()
            case "silence":
                self._on_silence(end.strike)
            case "rst":
                self._reset_when_sent()
            case _:
                self._is_closing = True
                self._stop()
                self._real.close()

    def _close_if_nothing_waits(self) -> None:
        """Keep no socket for the sake of an end that comes late, where the client has ended first."""
        if self._has_client_ended and not self._down.size:
            self._stop()
            self._real.close()

    def _end_sending(self) -> None:
        if not self._has_ended and not self._real.is_closing():
            self._has_ended = True
            with contextlib.suppress(OSError):  # the client has broken off, and the transport has yet to hear
                self._real.write_eof()

    def _reset_when_sent(self) -> None:
        self.freeze()
        self._reset(self._loop.time() + _PATIENCE)

    def _reset(self, deadline: float) -> None:
        if self.is_lost:
            return
        if has_unsent(self._real) and self._loop.time() < deadline:
            self._expiring = [self._loop.call_later(0.005, self._reset, deadline)]
        else:
            hang_up(self._real, reset=True)

    def _report(self) -> None:
        for flow, _ in self._flows():
            for stage in flow.stages:
                name = stage.strike.injection.id
                if stage.is_felt and name not in self._told:
                    self._told.add(name)
                    self._on_hit(stage.strike)

    def _call_again(self, way: Way, due: float | None, work: Callable[[], None]) -> None:
        if (timer := self._timers.pop(way, None)) is not None:
            timer.cancel()
        if due is not None and not self.is_lost and not self._is_silent:
            self._timers[way] = self._loop.call_at(due, work)

    def _stop(self) -> None:
        for timer in (*self._timers.values(), *self._expiring):
            timer.cancel()
        self._timers.clear()
        self._expiring.clear()
        self._up.clear()
        self._down.clear()

    def _read_on(self) -> None:
        """Read while there is room, and what nobody wants any more, so as to see the client leave."""
        if self.is_lost or self._real.is_closing():
            return
        is_sink = self._is_silent or self._is_closing
        room = HIGH if self._real.is_reading() else LOW
        if is_sink or (self._wants and self._up.size <= room):
            self._real.resume_reading()
        else:
            self._real.pause_reading()

    def _say_how_full(self) -> None:
        room = LOW if self._is_upper_paused else HIGH
        is_full = not self.is_lost and (self._is_full or self._down.size > room)
        if is_full == self._is_upper_paused:
            return
        self._is_upper_paused = is_full
        if is_full:
            self._upper.pause_writing()
        else:
            self._upper.resume_writing()
