"""A small HTTP/1.1 client for what wrk cannot do: CONNECT, a fixed pace, the instant of every answer.

One thread and one selector. It costs CPU of its own, which is why it makes the latencies and never the
throughput. Times are monotonic seconds.
"""

import selectors
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

PATIENCE = 5.0
"""Seconds until anything at all must have happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a client gets to the origin: at which port, and whether there is a proxy or TLS on the way.

    ``origin`` is the host and port that the proxy is asked for.
    """

    name: str
    port: int
    origin: str
    is_proxied: bool = False
    is_tls: bool = False
    path: str = "/"

    @property
    def target(self) -> str:
        """What stands in the request line: a proxy that is not tunnelled through wants it all."""
        return f"http://{self.origin}{self.path}" if self.is_proxied and not self.is_tls else self.path

    @property
    def request(self) -> bytes:
        return f"GET {self.target} HTTP/1.1\r\nHost: {self.origin}\r\n\r\n".encode()


@dataclass(frozen=True, slots=True)
class Sample:
    """One request. ``due`` is when it was to be sent, or when it was sent if the connection was free."""

    due: float
    done: float
    status: int
    line: int = 0  # which connection it was on

    @property
    def latency(self) -> float:
        return self.done - self.due


@dataclass(slots=True)
class _Line:
    """A keep-alive connection and the request that is on it."""

    sock: socket.socket
    number: int
    due: float = 0.0
    freed: float = 0.0  # when its last answer came
    is_busy: bool = False
    buffer: bytearray = field(default_factory=bytearray)


def connect(way: Way) -> socket.socket:
    """Return a connection, ready for a request; through CONNECT and a TLS handshake where the way says so."""
    sock = socket.create_connection(("127.0.0.1", way.port), PATIENCE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if way.is_tls and way.is_proxied:
        sock.sendall(f"CONNECT {way.origin} HTTP/1.1\r\nHost: {way.origin}\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += _some(sock)
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise ConnectionError(f"{way.name}: CONNECT was answered {head[:80]!r}")
    if not way.is_tls:
        return sock
    # whose certificate it is, is looked at by `certificate`; here trust would only cost time
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(sock, server_hostname=way.origin.partition(":")[0])


def certificate(way: Way) -> bytes:
    """Return the certificate that a client of this way is shown."""
    with connect(way) as sock:
        assert isinstance(sock, ssl.SSLSocket)
        return sock.getpeercert(binary_form=True) or b""


def ask(way: Way) -> tuple[int, bytes]:
    """Make one request on a connection of its own; return the status and the body."""
    with connect(way) as sock:
        sock.sendall(way.request)
        data = bytearray()
        while (answer := _parse(data)) is None:
            data += _some(sock)
    return answer


def drive(
    way: Way,
    *,
    connections: int,
    seconds: float,
    gap: float | None,
    spread: float,
    on_begin: Callable[[], None] = lambda: None,
) -> list[Sample]:
    """Make requests on keep-alive connections for ``seconds``; return them all.

    Each connection sends one every ``gap`` seconds; with None, as soon as it has its answer. The first
    ones are ``spread`` out, so that the connections do not march in step. A request on each before that,
    for which a proxy connects to the origin, is not counted; ``on_begin`` is called after it.
    """
    lines = [_Line(connect(way), number) for number in range(connections)]
    with selectors.DefaultSelector() as selector:
        try:
            _warm(lines, way.request)
            on_begin()
            begin = time.monotonic()
            for number, line in enumerate(lines):
                line.due = begin + number * spread / connections
                line.sock.settimeout(0.0)
                selector.register(line.sock, selectors.EVENT_READ, line)
            return list(_turn(way, selector, lines, begin + seconds, gap))
        finally:
            for line in lines:
                line.sock.close()


def _warm(lines: Sequence[_Line], request: bytes) -> None:
    for line in lines:
        line.sock.sendall(request)
    for line in lines:
        while _read(line) is None:
            pass


def _turn(
    way: Way,
    selector: selectors.BaseSelector,
    lines: Sequence[_Line],
    end: float,
    gap: float | None,
) -> Iterator[Sample]:
    request = way.request
    while (now := time.monotonic()) < end or any(line.is_busy for line in lines):
        if now > end + PATIENCE:
            raise TimeoutError(f"{way.name}: no answer for {PATIENCE:g}s")
        for line in lines:
            if not line.is_busy and line.due <= now < end:
                line.is_busy = True
                if line.freed <= line.due:
                    # it was free: that a selector wakes up to 1 ms late is not the proxy's doing
                    line.due = time.monotonic()
                line.sock.sendall(request)
        free = [line.due for line in lines if not line.is_busy]
        wait = min(free, default=now + 1.0) - now if now < end else 1.0
        for key, _ in selector.select(max(0.0, min(wait, 1.0))):
            done = time.monotonic()
            line: _Line = key.data
            status = _read(line)
            if status is not None:
                yield Sample(line.due, done, status, line.number)
                line.is_busy = False
                line.freed = done
                line.due = done if gap is None else line.due + gap


def fresh(way: Way, seconds: float) -> Iterator[float]:
    """Make a new connection for each request, one after the other; yield what each took, in seconds."""
    end = time.monotonic() + seconds
    while (begin := time.monotonic()) < end:
        status, _ = ask(way)
        if status != 200:
            raise ConnectionError(f"{way.name}: expected status 200, got {status}")
        yield time.monotonic() - begin


def _some(sock: socket.socket) -> bytes:
    data = sock.recv(65536)
    if not data:
        raise ConnectionError("the connection was closed before the answer was whole")
    return data


def _read(line: _Line) -> int | None:
    try:
        line.buffer += _some(line.sock)
    except (ssl.SSLWantReadError, BlockingIOError):
        return None
    answer = _parse(line.buffer)
    if answer is None:
        return None
    line.buffer.clear()
    return answer[0]


def _parse(data: bytearray) -> tuple[int, bytes] | None:
    head, end, body = bytes(data).partition(b"\r\n\r\n")
    if not end:
        return None
    first, *fields = head.split(b"\r\n")
    named = (each.partition(b":")[2] for each in fields if each.lower().startswith(b"content-length:"))
    if len(body) < int(next(named, b"0")):
        return None
    return int(first.split(b" ")[1]), body
