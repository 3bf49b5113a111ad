"""What a raw socket sees of each TCP fault, through a port that stands for a plain TCP provider."""

import asyncio
import socket
import struct
import time
from collections.abc import Callable

import pytest

pytestmark = [pytest.mark.socket, pytest.mark.broad]
SIZE = 20_000
BODY = bytes(range(250)) * (SIZE // 250)


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def greet(reader, writer):
    """The server speaks first, as that of PostgreSQL's and Redis's elders does, then echoes."""
    writer.write(b"hello\n")
    await echo(reader, writer)


async def tell_and_close(reader, writer):
    await reader.read(65536)
    writer.write(BODY)
    await writer.drain()


def inject(fault: str, when: str = "fault") -> str:
    return f"[{{id: i, provider: pay, fault: {fault}, during: {when}}}]"


@pytest.fixture
def start(kit):
    """Start a plain TCP provider and a worker with a port for it; return the worker."""

    def begin(serve, fault: str | None = None, when: str = "fault", *, arm: bool = True):
        origin = kit.origin(tls=False, raw=serve)
        proxy = kit.worker(
            origin,
            "[]" if fault is None else inject(fault, when),
            provider=", reverse: '127.0.0.1:0', base: 'tcp://api.pay.example:5432'",
        )
        if arm:
            proxy.arm()
        return proxy

    return begin


def connect(proxy) -> socket.socket:
    host, _, port = proxy.reverse["pay"].rpartition(":")
    sock = socket.create_connection((host, int(port)), 10)
    sock.settimeout(10)
    return sock


def tunnel(kit, proxy) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
    sock.settimeout(10)
    sock.sendall(f"CONNECT {kit.host}:5432 HTTP/1.1\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += sock.recv(1)
    assert answer.startswith(b"HTTP/1.1 200")
    return sock


def read(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (part := sock.recv(min(65536, size - len(data)))):
        data += part
    return data


def how_it_ends(sock: socket.socket, patience: float = 10) -> tuple[bytes, str]:
    """Return what still comes, and how it ends."""
    sock.settimeout(patience)
    data = b""
    try:
        while part := sock.recv(65536):
            data += part
    except ConnectionResetError:
        return data, "rst"
    except TimeoutError:
        return data, "silence"
    return data, "fin"


def how_opening_ends(opens: Callable[[], socket.socket]) -> tuple[bytes, str]:
    """As `how_it_ends`: a reset may come so early that connecting itself reports it."""
    try:
        sock = opens()
    except ConnectionResetError:
        return b"", "rst"
    with sock:
        return how_it_ends(sock)


def only_line(proxy) -> dict:
    (line,) = proxy.lines()
    return line


def test_a_server_that_speaks_first_is_heard_and_nothing_is_changed(start):
    proxy = start(greet)
    with connect(proxy) as sock:
        assert read(sock, 6) == b"hello\n"
        sock.sendall(BODY)
        assert read(sock, SIZE) == BODY
    line = only_line(proxy)
    assert (line["call"], line["host"], line["hits"]) == (False, "api.pay.example", [])


@pytest.mark.parametrize("fault", ["refuse", "{reset: {at: accept}}", "reset"])
def test_a_refused_connection_is_reset_before_a_byte_at_the_port_and_in_a_tunnel(kit, start, fault):
    proxy = start(greet, fault)
    for opens in (lambda: connect(proxy), lambda: tunnel(kit, proxy)):
        assert how_opening_ends(opens) == (b"", "rst")
    assert [[each[0] for each in line["hits"]] for line in proxy.lines()] == [["i"], ["i"]]


def test_refuse_leaves_open_connections_alone(start):
    proxy = start(echo, "refuse", "{from: fault + 1s, for: 500s}", arm=False)
    with connect(proxy) as sock:
        sock.sendall(b"before")
        assert read(sock, 6) == b"before"
        proxy.arm(time.monotonic() - 1)
        assert how_opening_ends(lambda: connect(proxy)) == (b"", "rst")
        sock.sendall(b"after")
        assert read(sock, 5) == b"after"


def test_a_connection_is_late_once_and_what_is_said_on_it_is_not(start):
    proxy = start(greet, "{connect_delay: {time: 2s}}")
    began = time.monotonic()
    with connect(proxy) as sock:
        assert read(sock, 6) == b"hello\n"
        assert time.monotonic() - began >= 2
        asked = time.monotonic()
        sock.sendall(b"x")
        assert read(sock, 1) == b"x"
        assert time.monotonic() - asked < 2


@pytest.mark.parametrize(("direction", "late"), [("up", 0.2), ("down", 0.2), ("both", 0.4)])
def test_each_piece_is_late_in_the_stated_direction_and_in_order(start, direction, late):
    fault = f"{{latency: {{time: {{uniform: {{from: 200ms, to: 250ms}}}}, direction: {direction}}}}}"
    proxy = start(echo, fault)
    with connect(proxy) as sock:
        for at in range(0, 2500, 250):
            last = time.monotonic()
            sock.sendall(BODY[at : at + 250])
            time.sleep(0.01)
        assert read(sock, 2500) == BODY[:2500]
        assert time.monotonic() - last >= late
    assert only_line(proxy)["hits"] == [["i", "lag"]]


@pytest.mark.parametrize(("direction", "least"), [("up", 0.9), ("down", 0.9), ("both", 0.9)])
def test_bytes_pass_no_faster_than_the_rate(start, direction, least):
    proxy = start(echo, f"{{bandwidth: {{rate: 20kB/s, direction: {direction}}}}}")
    with connect(proxy) as sock:
        began = time.monotonic()
        sock.sendall(BODY)
        assert read(sock, SIZE) == BODY
        assert time.monotonic() - began >= least
    assert only_line(proxy)["hits"] == [["i", "pace"]]


def test_one_write_arrives_in_many_pieces(start):
    proxy = start(tell_and_close, "{slicer: {size: 1000B, spread: 200B, gap: 20ms, direction: down}}")
    pieces = []
    with connect(proxy) as sock:
        began = time.monotonic()
        sock.sendall(b"?")
        while part := sock.recv(65536):
            pieces.append(part)
    assert b"".join(pieces) == BODY
    assert len(pieces[0]) <= 1200  # the rest has not even been sent
    assert time.monotonic() - began >= 15 * 0.02  # 20,000 bytes are more than 16 pieces of 1200
    assert only_line(proxy)["hits"] == [["i", "slice"]]


@pytest.mark.parametrize("how", ["fin", "rst", "silence"])
def test_exactly_so_many_bytes_pass_before_the_end(start, how):
    proxy = start(tell_and_close, f"{{limit_data: {{bytes: 7001B, how: {how}}}}}")
    with connect(proxy) as sock:
        sock.sendall(b"?")
        assert how_it_ends(sock, 0.5 if how == "silence" else 10) == (BODY[:7001], how)
    assert only_line(proxy)["hits"] == [["i", "limit"]]


def test_a_connection_within_its_limit_is_left_alone(start):
    proxy = start(tell_and_close, f"{{limit_data: {{bytes: {SIZE}B, how: rst}}}}")
    with connect(proxy) as sock:
        sock.sendall(b"?")
        assert how_it_ends(sock) == (BODY, "fin")
    line = only_line(proxy)
    assert (line["drawn"], line["hits"]) == (["i"], [])


def test_the_clients_bytes_can_be_limited(start):
    proxy = start(echo, "{limit_data: {bytes: 5B, how: rst, direction: up}}")
    with connect(proxy) as sock:
        sock.sendall(b"12345")
        assert read(sock, 5) == b"12345"
        sock.sendall(b"6")
        assert how_it_ends(sock) == (b"", "rst")


@pytest.mark.parametrize("how", ["fin", "rst", "silence"])
def test_a_connection_lives_for_so_long(start, how):
    proxy = start(greet, f"{{limit_time: {{time: 500ms, how: {how}}}}}")
    began = time.monotonic()
    with connect(proxy) as sock:
        assert how_it_ends(sock, 1.5 if how == "silence" else 10) == (b"hello\n", how)
        assert time.monotonic() - began >= 0.5
    assert only_line(proxy)["hits"] == [["i", "limit"]]


@pytest.mark.parametrize(("fault", "passes"), [("{at: answer}", b""), ("{after: 300B}", BODY[:300])])
def test_a_reset_in_an_answer_is_a_true_one(start, fault, passes):
    proxy = start(tell_and_close, f"{{reset: {fault}}}")
    with connect(proxy) as sock:
        sock.sendall(b"?")
        assert how_it_ends(sock) == (passes, "rst")


def test_the_providers_own_reset_comes_after_what_it_sent_before(start):
    async def tell_and_reset(reader, writer):
        await reader.read(1)
        writer.write(BODY)
        await writer.drain()
        await asyncio.sleep(0.2)  # all of it is in the proxy
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    proxy = start(tell_and_reset, "{latency: {time: 1s, direction: down}}")
    with connect(proxy) as sock:
        sock.sendall(b"?")
        assert how_it_ends(sock) == (BODY, "rst")


def test_the_end_comes_late_and_the_bytes_do_not(start):
    proxy = start(tell_and_close, "{slow_close: {time: 2s}}")
    with connect(proxy) as sock:
        asked = time.monotonic()
        sock.sendall(b"?")
        assert read(sock, SIZE) == BODY
        assert time.monotonic() - asked < 2
        assert how_it_ends(sock) == (b"", "fin")
        assert time.monotonic() - asked >= 2
    assert only_line(proxy)["hits"] == [["i", "linger"]]


def test_a_client_that_ends_first_does_not_wait_for_a_slow_close(start):
    proxy = start(echo, "{slow_close: {time: 500s}}")
    with connect(proxy) as sock:
        sock.sendall(b"x")
        assert read(sock, 1) == b"x"
        sock.shutdown(socket.SHUT_WR)
        assert how_it_ends(sock) == (b"", "fin")
    line = only_line(proxy)
    assert (line["drawn"], line["hits"]) == (["i"], [])


@pytest.mark.parametrize("fault", ["{bytes: 6B}", "{time: 300ms}"])
def test_a_provider_that_sends_no_more_still_reads(start, fault):
    heard = []

    async def listen(reader, writer):
        writer.write(b"hello\n")
        while data := await reader.read(65536):
            heard.append(data)
            writer.write(b"more")
            await asyncio.sleep(0)

    proxy = start(listen, f"{{half_close: {fault}}}")
    with connect(proxy) as sock:
        assert read(sock, 6) == b"hello\n"
        sock.sendall(b"one ")
        data, end = how_it_ends(sock)
        assert (data in (b"", b"more"), end) == (True, "fin")  # with a time, the answer may still be in time
        sock.sendall(b"two")
        deadline = time.monotonic() + 10
        while b"".join(heard) != b"one two":
            assert time.monotonic() < deadline, heard
            time.sleep(0.01)
    assert only_line(proxy)["hits"] == [["i", "limit"]]
