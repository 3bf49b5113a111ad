"""A connection whose every read and write ends at one instant, however slowly the other side speaks.

A socket's own timeout is for one read: an answer that comes a byte at a time, or a stream that never ends,
renews it for ever.
"""

import io
import socket
import ssl
import time
from collections.abc import Buffer, Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit


def connect(url: str, timeout: float) -> tuple[HTTPConnection, Callable[[], None]]:
    """Return an open connection to ``url``, and what ends it; TimeoutError ``timeout`` seconds from now.

    Only the look-up of a name is the resolver's, which has a timeout of its own.
    """
    until = time.monotonic() + timeout
    host, port = address(url)
    found = HTTPConnection(host, port)
    wire = _open(host, port, until)
    if urlsplit(url).scheme == "https":
        try:
            wire.settimeout(_left(until))
            wire = ssl.create_default_context().wrap_socket(wire, server_hostname=host)
        except BaseException:
            wire.close()
            raise
    found.sock = _Until(wire, until)  # type: ignore[assignment] - all that http.client asks of a socket
    return found, wire.close


def address(url: str) -> tuple[str, int]:
    """Return the host and the port that ``url`` is about."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _open(host: str, port: int, until: float) -> socket.socket:
    problem: OSError = OSError(f"{host} has no address")
    for family, kind, number, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        wire = socket.socket(family, kind, number)
        try:
            wire.settimeout(_left(until))
            wire.connect(where)
        except OSError as error:
            wire.close()
            problem = error
        else:
            return wire
    raise problem


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


class _Until:
    """What ``http.client`` needs of a socket; nothing in it lasts longer than ``until``."""

    def __init__(self, wire: socket.socket, until: float) -> None:
        self._wire = wire
        self._until = until

    def sendall(self, data: bytes) -> None:
        self._wire.settimeout(_left(self._until))
        self._wire.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"
        return io.BufferedReader(_Reader(self._wire, self._until))

    def close(self) -> None:
        """Do nothing: ``http.client`` closes a connection that is not kept before it reads the answer."""


class _Reader(io.RawIOBase):
    def __init__(self, wire: socket.socket, until: float) -> None:
        self._wire = wire
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        self._wire.settimeout(_left(self._until))
        return self._wire.recv_into(buffer)
