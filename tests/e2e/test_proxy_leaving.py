"""A caller that leaves in the middle of a slow body takes everything of its call along."""

import contextlib
import socket
import time

import pytest

pytestmark = pytest.mark.socket


@pytest.mark.parametrize("says_so", [True, False], ids=["close_notify", "FIN alone"])
def test_a_caller_that_leaves_a_slow_answer_is_gone_at_once(kit, says_so):
    fault = "[{id: i, provider: pay, fault: {throttle: {rate: 1kB/s}}, during: fault}]"
    proxy = kit.worker(kit.origin(h2=False), fault)
    proxy.arm()
    sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
    sock.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\nHost: {kit.host}:443\r\n\r\n".encode())
    assert b" 200 " in sock.recv(4096)
    tls = kit.trust(proxy).wrap_socket(sock, server_hostname=kit.host)
    tls.sendall(f"GET /bytes/8000000 HTTP/1.1\r\nHost: {kit.host}\r\n\r\n".encode())
    assert tls.recv(200)
    end = time.monotonic() + 1.5
    while time.monotonic() < end:  # more than 1 MiB waits by then
        tls.recv(200)
    if says_so:
        tls.settimeout(0.2)
        with contextlib.suppress(OSError):
            tls.unwrap()
    tls.close()
    end = time.monotonic() + 8
    while (held := proxy.inspect())["calls"] or held["connections"]:
        assert time.monotonic() < end, held
        time.sleep(0.1)
