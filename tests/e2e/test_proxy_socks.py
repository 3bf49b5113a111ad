"""SOCKS 5 on the proxy's own port, with real clients."""

import shutil
import socket
import ssl
import time

import httpx
import pytest

from calling import curl, fault

pytestmark = [
    pytest.mark.socket,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine"),
]
URL = "https://api.pay.example/bytes/900"


def test_a_name_goes_to_its_provider_and_a_fault_on_calls_strikes(kit):
    proxy = kit.worker(kit.origin(), fault("{error: {status: 503}}"))
    via = ("--socks5-hostname", proxy.address, "--cacert", str(kit.own_ca))

    assert curl(*via, URL)[:2] == (200, 0)
    proxy.arm()
    assert curl(*via, URL)[:2] == (503, 0)
    with httpx.Client(proxy=f"socks5://{proxy.address}", verify=kit.trust(proxy)) as client:
        assert client.get(URL).status_code == 503
    assert [line["hits"] for line in proxy.lines() if line["call"]] == [
        [],
        [["f", "reply"]],
        [["f", "reply"]],
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_is_known_by_the_name_in_the_handshake(kit, host):
    """``curl --socks5`` looks the name up itself; nothing but SNI says then whose address it is."""
    proxy = kit.worker(kit.origin(), fault("{error: {status: 503}}"))
    proxy.arm()
    found = f"api.pay.example:443:{f'[{host}]' if ':' in host else host}"

    status, code, *_ = curl("--socks5", proxy.address, "--resolve", found, "--cacert", str(kit.own_ca), URL)

    assert (status, code) == (503, 0)


def test_a_host_of_no_provider_passes_with_its_own_certificate(kit):
    origin = kit.origin()
    proxy = kit.worker(origin, fault("{error: {status: 503}}"))
    proxy.arm()

    told = curl(
        "--socks5",
        proxy.address,
        "--cacert",
        str(kit.provider_ca),
        f"https://127.0.0.1:{origin.port}/bytes/9",
    )

    assert told[:3] == (200, 0, b"x" * 9)
    assert proxy.lines() == []


def test_plain_http_in_the_tunnel(kit):
    proxy = kit.worker(kit.origin(tls=False), fault("{error: {status: 503}}"))
    proxy.arm()

    assert curl("--socks5-hostname", proxy.address, "http://api.pay.example/bytes/9")[:2] == (503, 0)


def test_a_refused_connection_raises_what_a_connection_refused_directly_raises(kit):
    """Measured: a refusal in SOCKS's own terms (reply 5) is curl's 97 and httpx's ProxyError instead."""
    proxy = kit.worker(kit.origin(), fault("{disconnect: {at: connect, how: rst}}"))
    proxy.arm()

    _, code, _, said = curl("--socks5-hostname", proxy.address, "--cacert", str(kit.own_ca), URL)
    assert code == 35, said
    with (
        httpx.Client(proxy=f"socks5://{proxy.address}", verify=kit.trust(proxy)) as client,
        pytest.raises(httpx.ConnectError),
    ):
        client.get(URL)
    assert [line["hits"] for line in proxy.lines()] == [[["f", "refuse"]]] * 2


def talk(proxy, *parts):
    """Send ``parts`` one after the other; return everything that came back until the end."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=8) as sock:
        got = b""
        for part in parts:
            sock.sendall(part)
            time.sleep(0.02)  # so that the parts arrive apart
        sock.shutdown(socket.SHUT_WR)
        while data := sock.recv(4096):
            got += data
        return got


def test_what_it_does_not_do_is_said_in_its_own_terms(kit):
    proxy = kit.worker(kit.origin())

    assert talk(proxy, b"\x05\x01\x02") == b"\x05\xff"
    assert talk(
        proxy, b"\x05\x01\x00", b"\x05\x03\x00\x01" + bytes(6)
    ) == b"\x05\x00\x05\x07\x00\x01" + bytes(6)
    assert talk(proxy, b"\x05", b"\x01", b"\x00\x05\x02\x00\x01", bytes(6))[:4] == b"\x05\x00\x05\x07"


def test_a_provider_that_speaks_first_is_heard(kit):
    async def greet(_, writer):
        writer.write(b"220 ready\r\n")
        await writer.drain()

    origin = kit.origin(tls=False, raw=greet)
    proxy = kit.worker(origin)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=8) as sock:
        sock.sendall(b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01" + origin.port.to_bytes(2))
        got = b""
        while data := sock.recv(4096):
            got += data
    assert got == b"\x05\x00\x05\x00\x00\x01" + bytes(6) + b"220 ready\r\n"


def test_nothing_is_left_of_a_client_that_leaves_in_the_middle(kit):
    proxy = kit.worker(kit.origin())
    for part in (b"\x05", b"\x05\x01\x00", b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50"):
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=8) as sock:
            sock.sendall(part)
    end = time.monotonic() + 8
    while (held := proxy.inspect())["clients"] or held["connections"]:
        assert time.monotonic() < end, held
        time.sleep(0.02)


def test_tls_inside_a_tunnel_to_an_address_is_checked_by_the_client(kit):
    """The certificate that is shown is for the name that was asked for, not for the address."""
    proxy = kit.worker(kit.origin(), slos=", {id: n, provider: pay, amplification: '<= 9x'}")
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=8) as sock:
        sock.sendall(b"\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x01\x01\xbb")
        assert len(sock.recv(2)) == 2
        assert len(sock.recv(10)) == 10
        context = ssl.create_default_context(cafile=kit.own_ca)
        with context.wrap_socket(sock, server_hostname="api.pay.example") as tls:
            assert ("DNS", "api.pay.example") in tls.getpeercert()["subjectAltName"]
