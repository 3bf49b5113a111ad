"""What the kernel knows of a caller before its bytes are read."""

import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest

from chaoskit.proxy.callers import has_left

pytestmark = pytest.mark.socket


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Return a caller's socket, and ours; the caller has sent something that nobody has read."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        caller = socket.create_connection(server.getsockname())
        ours, _ = server.accept()
    with caller, ours:
        caller.sendall(b"GET / HTTP/1.1\r\n\r\n")
        yield caller, ours


def leave(caller: socket.socket) -> None:
    caller.close()


def reset(caller: socket.socket) -> None:
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()


def half_close(caller: socket.socket) -> None:
    caller.shutdown(socket.SHUT_WR)


def nothing(caller: socket.socket) -> None:
    assert caller.fileno() >= 0


@pytest.mark.parametrize(
    ("end", "may_half_close", "expected"),
    [
        (nothing, False, False),
        (leave, False, True),
        (reset, False, True),
        (reset, True, True),
        (half_close, False, True),
        (half_close, True, False),
    ],
)
def test_who_has_left_is_known_although_nothing_was_read(
    pair: tuple[socket.socket, socket.socket],
    end: Callable[[socket.socket], None],
    may_half_close: bool,
    expected: bool,
) -> None:
    caller, ours = pair
    end(caller)
    time.sleep(0.02)  # loopback, but the kernel's own time

    assert has_left(ours, may_half_close=may_half_close) is expected


def test_a_socket_that_we_have_closed_has_nobody(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[1].close()

    assert has_left(pair[1])
