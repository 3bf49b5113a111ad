"""How long the first event of a streamed answer takes, directly and through the mitm lane."""

import contextlib
import socket
import ssl
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from client import Way, connect
from process import Broken
from servers import STREAM, Origin

TRIES = 15
_EVENTS, _GAP = 4, 0.01
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_END = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class FirstByte:
    """Milliseconds from the request to the first event, at the median, and what the proxy adds to that."""

    direct: float
    added: float


class Streams:
    """An origin over TLS: each answer is four events, the first at once, the others each 10 ms later."""

    def __init__(self, stack: contextlib.ExitStack, origin: Origin) -> None:
        pair = origin.certificates.hosts[STREAM]
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pair.certificate, pair.key)
        self._listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name="streams", daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed at the end
            while True:
                sock, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(sock,), name="stream", daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError), self._context.wrap_socket(sock, server_side=True) as client:
            while _until(client, b"\r\n\r\n"):
                client.sendall(_HEAD + _chunk(0))
                for number in range(1, _EVENTS):
                    time.sleep(_GAP)
                    client.sendall(_chunk(number))
                client.sendall(_END)


def first_byte(direct: Way, through: Way) -> FirstByte:
    """Ask for streams both ways in turn, on a kept connection each."""
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(connect(way)) for way in (direct, through)]
        requests = [direct.request, through.request]
        pairs = list(zip(socks, requests, strict=True))
        for sock, request in pairs:  # the first one connects to the origin
            _first_event(sock, request)
        times = [[_first_event(sock, request) for sock, request in pairs] for _ in range(TRIES)]
    return FirstByte(_median([each[0] for each in times]), _median([each[1] - each[0] for each in times]))


def _first_event(sock: socket.socket, request: bytes) -> float:
    began = time.monotonic()
    sock.sendall(request)
    said = _until(sock, b"event-0")
    took = time.monotonic() - began
    if b"event-0" not in said or (not said.endswith(_END) and not _until(sock, _END)):
        raise Broken(f"a stream broke off after {said[-40:]!r}")
    return took


def _until(sock: socket.socket, mark: bytes) -> bytes:
    """Read until ``mark`` has come; what there was, or nothing if the peer has gone before it."""
    said = b""
    while mark not in said:
        data = sock.recv(65536)
        if not data:
            return b""
        said += data
    return said


def _chunk(number: int) -> bytes:
    event = f"data: event-{number}\n\n".encode()
    return f"{len(event):x}\r\n".encode() + event + b"\r\n"


def _median(seconds: Sequence[float]) -> float:
    return statistics.median(seconds) * 1000
