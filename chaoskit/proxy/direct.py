"""Where bytes only pass: from one socket to the other, in one turn for all that have some.

asyncio makes a callback for each piece and walks four calls with it, which costs half as much as what the
system does for it. What is out of the ordinary (an end, an error, a peer slow to read, a fault) is left to
asyncio, whose transports own the sockets all the time and only do not read meanwhile.
"""

import asyncio
import os
import select
import sys
from typing import Protocol

LARGEST = 256 * 1024
ROOM = 64
"""Pieces, at most, that are passed before anything else has its turn: some 0.6 ms."""


class End(Protocol):
    """One end of a connection that passes through."""

    @property
    def other(self) -> "End":
        """Return the other end."""
        ...

    @property
    def transport(self) -> asyncio.Transport | None:
        """Return what owns the socket."""
        ...

    def speak(self) -> None:
        """Note that bytes have come from this end."""
        ...

    def leave_direct(self) -> None:
        """Let asyncio go on with both ends."""
        ...

    def fail(self, error: OSError) -> None:
        """End as by an error that this end's socket has told, and tells no second time."""
        ...


class Direct:
    """The sockets that are read here. There is one for a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read in ``loop``, which is told of all these sockets as of one file."""
        self._loop = loop
        self._ends: dict[int, tuple[int, End]] = {}  # by their file: the other's file, and the end itself
        self._epoll = select.epoll()
        loop.add_reader(self._epoll.fileno(), self._turn)

    def take(self, end: End) -> bool:
        """Pass what comes at ``end`` and at the other end; False if bytes of theirs still wait in asyncio."""
        one, other = _file(end), _file(end.other)
        if one is None or other is None:
            return False
        for file, peer, each in ((one, other, end), (other, one, end.other)):
            assert each.transport is not None
            each.transport.pause_reading()
            self._ends[file] = peer, each
            self._epoll.register(file, select.EPOLLIN | select.EPOLLRDHUP)
        return True

    def leave(self, end: End) -> None:
        """Let asyncio read at both ends again."""
        for each in (end, end.other):
            assert each.transport is not None
            file = each.transport.get_extra_info("socket").fileno()
            del self._ends[file]
            self._epoll.unregister(file)
            each.transport.resume_reading()

    def close(self) -> None:
        """Read no more."""
        self._loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    def _turn(self) -> None:
        room = ROOM
        # what has come meanwhile is cheaper to pass now than in the loop's next turn
        while room > 0 and (ready := self._epoll.poll(0, room)):
            room -= len(ready)
            for file, events in ready:
                if file in self._ends:  # not left earlier in this turn
                    self._pass(file, events)

    def _pass(self, file: int, events: int) -> None:
        peer, end = self._ends[file]
        if events != select.EPOLLIN:
            end.leave_direct()
            return
        try:
            data = os.read(file, LARGEST)
        except BlockingIOError:
            return
        except OSError as error:
            end.fail(error)
            return
        if data:
            end.speak()
        try:
            sent = os.write(peer, data) if data else 0
        except BlockingIOError:
            sent = 0
        except OSError as error:
            end.other.fail(error)
            return
        if sent < len(data) or not data:
            end.leave_direct()
            if data and end.other.transport is not None:
                end.other.transport.write(data[sent:])


def make(loop: asyncio.AbstractEventLoop) -> Direct | None:
    """Return a Direct where the system has what it takes."""
    return Direct(loop) if sys.platform == "linux" else None


def _file(end: End) -> int | None:
    """Return the file of a socket that is open and has nothing left to send."""
    transport = end.transport
    if transport is None or transport.is_closing() or transport.get_write_buffer_size():
        return None
    file: int = transport.get_extra_info("socket").fileno()
    return file if file >= 0 else None
