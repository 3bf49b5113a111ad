"""The splice lane: passes bytes on untouched, both ways, until a connection fault stops it."""

import asyncio
import contextlib
import fcntl
import socket
import struct
import termios
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from chaoskit.proxy.callers import has_left
from chaoskit.proxy.direct import Direct

ENOUGH = 16
"""Pieces after which a connection counts as one that lasts: to go over costs as much as several of them."""
_NO_LINGER = struct.pack("ii", 1, 0)


def hang_up(transport: asyncio.BaseTransport, *, reset: bool) -> None:
    """Close a TCP transport: by FIN once what is buffered has gone out, or by RST at once."""
    assert isinstance(transport, asyncio.Transport)
    if not reset:
        transport.close()
        return
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None and not transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def has_unsent(transport: asyncio.WriteTransport) -> bool:
    """Tell whether bytes are still on their way to the peer's kernel: an RST now would destroy them."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if transport.get_write_buffer_size():
        return True
    if sock is None or transport.is_closing():
        return False
    count = bytearray(4)
    with contextlib.suppress(OSError):  # a system that cannot tell
        fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, count)
    return any(count)


@runtime_checkable
class KeepsOrder(Protocol):
    """A transport in which bytes wait: an RST must come after them, as it does on a slow line."""

    def reset_in_order(self) -> None:
        """Reset once everything that was written has passed."""
        ...


class Lane:
    """Two sockets and what passes between them. No stream and no task: one callback for a chunk, or none."""

    def __init__(self, on_end: Callable[[], None], direct: Direct | None = None) -> None:
        """With ``direct``, bytes pass there as long as nothing is wrong with either end."""
        self.client = Side(self)
        self.server = Side(self)
        self.client.other, self.server.other = self.server, self.client
        self.is_frozen = False
        self.take_down: Callable[[bytes], bytes] | None = None  # what passes of the provider's bytes
        self.speaker: Side | None = None  # who has sent last
        self.on_turn: Callable[[], None] | None = None  # the client sends first, or after the provider has
        self._on_end = on_end
        self._direct = direct
        self._is_direct = False
        self._pieces = 0

    def start(self, client: asyncio.Transport, early: bytes) -> None:
        """Take the client's socket over; ``early`` is what it has sent already. The server is connected."""
        assert self.server.transport is not None
        client.set_protocol(self.client)
        self.client.connection_made(client)
        client.resume_reading()
        if early and not self.is_frozen:
            self.server.transport.write(early)
            self.client.speak()

    def count(self) -> None:
        """Note that a piece has passed; now and then see whether the next ones could go directly."""
        self._pieces += 1
        if self._pieces % ENOUGH == 0 and self._direct is not None and self.take_down is None:
            sides = (self.client, self.server)
            # where a transport holds bytes back, they have to pass it
            is_plain = not any(each.has_ended or isinstance(each.transport, KeepsOrder) for each in sides)
            self._is_direct = is_plain and self._direct.take(self.client)

    def leave_direct(self) -> None:
        """Pass bytes by way of the transports from now on."""
        if self._is_direct:
            assert self._direct is not None
            self._is_direct = False
            self._direct.leave(self.client)

    def freeze(self) -> None:
        """Pass nothing on from now, and go on reading, so as to see the client leave."""
        self.leave_direct()
        self.is_frozen = True
        for side in (self.client, self.server):
            if side.transport is not None:
                side.transport.resume_reading()

    def drop(self, *, reset: bool) -> None:
        """Close towards the client; the connection to the provider ends with it."""
        self.leave_direct()
        if self.client.transport is not None:
            hang_up(self.client.transport, reset=reset)

    def has_left(self, *, is_late: bool) -> bool:
        """Tell whether the client has closed its connection; one that only ended its own direction has not.

        Which of the two it is nobody knows: where the worker is late, it counts as closed.
        """
        client = self.client.transport
        return client is not None and has_left(client.get_extra_info("socket"), may_half_close=not is_late)

    def interpose(self, make: Callable[[asyncio.Transport], asyncio.Transport]) -> bytes:
        """Pass the client's bytes through what ``make`` makes of its transport."""
        self.leave_direct()
        if self.client.transport is not None and not self.client.transport.is_closing():
            self.client.transport = make(self.client.transport)
        return b""

    def lost(self, side: "Side", error: Exception | None) -> None:
        """One side is gone: pass its end on, as an RST if it was one."""
        self.leave_direct()
        other = side.other.transport
        if other is not None and not (self.is_frozen and side is self.server):
            if isinstance(error, ConnectionResetError) and isinstance(other, KeepsOrder):
                other.reset_in_order()
            else:
                hang_up(other, reset=isinstance(error, ConnectionResetError))
        if self.client.is_lost and (self.server.is_lost or self.server.transport is None):
            self._on_end()


class Side(asyncio.Protocol):
    """One end of a lane."""

    def __init__(self, lane: Lane) -> None:
        self.other: Side
        self.transport: asyncio.Transport | None = None
        self.is_lost = False
        self._lane = lane
        self.has_ended = False
        self._error: OSError | None = None  # that asyncio does not see

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        other = self.other.transport
        if not self._lane.is_frozen and other is not None:
            if self._lane.take_down is not None and self is self._lane.server:
                data = self._lane.take_down(data)
            other.write(data)
            self.speak()
            self._lane.count()

    def eof_received(self) -> bool:
        """Pass a half-close on; the other direction stays open."""
        self.has_ended = True
        other = self.other.transport
        if self._lane.is_frozen or other is None:
            return self is not self._lane.client  # a client that ends while it is held has left
        if self.other.has_ended:
            return False
        if other.can_write_eof() and not other.is_closing():
            other.write_eof()
        return True

    def pause_writing(self) -> None:
        if self.other.transport is not None and not self._lane.is_frozen:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other.transport is not None and not self.other.is_lost:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self._lane.lost(self, exc or self._error)

    # as an end of what passes directly

    def speak(self) -> None:
        lane = self._lane
        if lane.speaker is not self:
            lane.speaker = self
            if self is lane.client and lane.on_turn is not None:
                lane.on_turn()

    def leave_direct(self) -> None:
        self._lane.leave_direct()

    def fail(self, error: OSError) -> None:
        assert self.transport is not None
        self.leave_direct()
        self._error = error
        self.transport.abort()
