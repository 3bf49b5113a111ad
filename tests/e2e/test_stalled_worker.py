"""A worker that was stopped for a while finds what came meanwhile. Who has left by then was not hit."""

import contextlib
import os
import signal
import socket
import ssl
import time
from collections.abc import Iterator

import h2.connection
import h2.events
import pytest

pytestmark = pytest.mark.socket
CALLERS = 8
SILENT = "[{id: i, provider: pay, fault: {blackhole: {at: connect}}, during: fault}]"
ERRORS = "[{id: i, provider: pay, fault: {error: {status: 503}}, during: fault}]"


@contextlib.contextmanager
def stalled(proxy, seconds: float) -> Iterator[None]:
    """Stop the worker while the block runs, at least so long."""
    until = time.monotonic() + seconds
    os.kill(proxy.process.pid, signal.SIGSTOP)
    try:
        yield
        time.sleep(max(0.0, until - time.monotonic()))
    finally:
        os.kill(proxy.process.pid, signal.SIGCONT)


def connect(proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), 10)


def tunnel(kit, proxy, *alpn: str) -> ssl.SSLSocket:
    sock = connect(proxy)
    sock.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\nHost: {kit.host}:443\r\n\r\n".encode())
    assert b" 200 " in sock.recv(4096)
    context = kit.trust(proxy)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context.wrap_socket(sock, server_hostname=kit.host)


def ask(kit, tls: ssl.SSLSocket) -> None:
    tls.sendall(f"GET / HTTP/1.1\r\nHost: {kit.host}\r\n\r\n".encode())


def gone(proxy, count: int) -> None:
    """Wait until the worker has read the end of every caller, and has told so."""
    end = time.monotonic() + 10
    while (held := proxy.inspect())["clients"] > count or held["calls"]:
        assert time.monotonic() < end, held
        time.sleep(0.05)


@pytest.mark.parametrize("seconds", [0.09, 1.0])
def test_connections_whose_callers_have_left_are_not_hit(kit, seconds):
    proxy = kit.worker(kit.origin(), SILENT)
    proxy.arm()
    with stalled(proxy, seconds):
        callers = [connect(proxy) for _ in range(CALLERS)]
        for each in callers:
            each.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\n\r\n".encode())
            each.close()
    gone(proxy, 0)
    lines = proxy.lines()

    assert proxy.latest["hits"] == {}
    assert [(line["drawn"], line["hits"], line["left"]) for line in lines] == [(["i"], [], True)] * CALLERS
    assert seconds < 0.5 or sum(stop - start for start, stop in proxy.latest["late"]) >= seconds - 0.1


def test_a_connection_whose_caller_waits_is_hit_however_late(kit):
    proxy = kit.worker(kit.origin(), SILENT)
    proxy.arm()
    with stalled(proxy, 0.6), connect(proxy) as caller:
        caller.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\n\r\n".encode())
        os.kill(proxy.process.pid, signal.SIGCONT)
        proxy.settled(lambda told: told["hits"] == {"i": 1})
    (line,) = proxy.lines()

    assert (line["hits"], line.get("left")) == ([["i", "hold"]], None)


def test_calls_on_open_connections_are_hit_only_of_those_who_wait(kit):
    proxy = kit.worker(kit.origin(h2=False), ERRORS)
    proxy.arm()
    staying, leaving = tunnel(kit, proxy), [tunnel(kit, proxy) for _ in range(3)]
    with stalled(proxy, 0.5):
        for each in (staying, *leaving):
            ask(kit, each)
        for each in leaving:
            each.close()
    assert b" 503 " in staying.recv(4096)
    gone(proxy, 1)
    staying.close()
    lines = proxy.lines()

    assert proxy.latest["hits"] == {"i": 1}
    assert sorted(bool(line["hits"]) for line in lines if line["call"]) == [False] * 3 + [True]
    assert max(stop - start for start, stop in proxy.latest["late"]) >= 0.4


def test_a_stream_that_its_caller_has_reset_is_not_hit_on_a_connection_that_goes_on(kit):
    proxy = kit.worker(kit.origin(), ERRORS)
    proxy.arm()
    tls = tunnel(kit, proxy, "h2")
    client = h2.connection.H2Connection()
    client.initiate_connection()
    head = [(":method", "GET"), (":scheme", "https"), (":authority", kit.host), (":path", "/")]
    client.send_headers(1, head, end_stream=True)
    tls.sendall(client.data_to_send())
    assert answered(client, tls) == {1: 503}
    with stalled(proxy, 0.3):
        for stream in (3, 5, 7):
            client.send_headers(stream, head, end_stream=True)
        for stream in (3, 7):
            client.reset_stream(stream, 8)
        tls.sendall(client.data_to_send())
    assert answered(client, tls) == {5: 503}
    tls.close()
    lines = proxy.lines()

    assert proxy.latest["hits"] == {"i": 2}
    assert sorted(bool(line["hits"]) for line in lines if line["call"]) == [False, False, True, True]


def answered(client: h2.connection.H2Connection, tls: ssl.SSLSocket) -> dict[int, int]:
    """Read until a stream ends; return the status of each stream that was answered."""
    found: dict[int, int] = {}
    tls.settimeout(10)
    while True:
        for event in client.receive_data(tls.recv(65536)):
            match event:
                case h2.events.ResponseReceived(stream_id=int(stream), headers=headers):
                    found[stream] = int(dict(headers)[b":status"])
                case h2.events.StreamEnded():
                    return found
                case _:
                    pass


def test_questions_that_came_while_it_was_stopped_are_no_hits(kit):
    dns = ", dns: {listen: '127.0.0.1:0', upstream: '127.0.0.1:9'}"
    inject = "[{id: i, provider: pay, fault: dns_error, during: fault}]"
    proxy = kit.start(kit.config(1, inject, proxy=dns)).ready()
    proxy.arm()
    question = b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
    question += b"".join(bytes([len(part)]) + part.encode() for part in kit.host.split("."))
    question += b"\x00\x00\x01\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", proxy.dns))
        sock.settimeout(10)
        sock.send(question)
        assert sock.recv(512)[:2] == b"\x00\x07"
        with stalled(proxy, 0.7):
            for _ in range(5):
                sock.send(question)
        proxy.settled(lambda told: told["questions"] == {"pay": 6})
    lines = proxy.lines()

    assert proxy.latest["hits"] == {"i": 1}
    assert sum(bool(line["hits"]) for line in lines) == 1
