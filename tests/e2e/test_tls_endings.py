"""How a TLS connection ends: who looks for the close_notify can tell a whole answer from a cut one."""

import json
import os
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
import requests

pytestmark = [pytest.mark.socket, pytest.mark.broad]
NEEDS_CALLS = ", {id: a, provider: pay, amplification: '<= 3x'}"
TRUNCATED = "[{id: i, provider: pay, fault: {tls_truncation: {after: 1000B}}, during: fault}]"


async def whole(reader, writer):
    """Answer without a length; the end is the connection's, with a close_notify."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello")
    await writer.drain()


async def ragged(reader, writer):
    """The same, and the connection ends by a FIN alone."""
    await whole(reader, writer)
    with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as below:
        below.shutdown(socket.SHUT_WR)


def ask(kit, proxy, path: str = "/x") -> tuple[bytes, str]:
    """Return the answer, and how the connection ended: as TLS wants it, or by a FIN alone."""
    sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
    sock.settimeout(10)
    sock.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\n\r\n".encode())
    assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    trust = kit.trust(proxy)
    with trust.wrap_socket(sock, server_hostname=kit.host, suppress_ragged_eofs=False) as tls:
        tls.sendall(f"GET {path} HTTP/1.1\r\nHost: {kit.host}\r\n\r\n".encode())
        read = b""
        try:
            while data := tls.recv(65536):
                read += data
        except ssl.SSLEOFError:
            return read, "fin"
        return read, "close_notify"


@pytest.mark.parametrize(("answers", "end"), [(whole, "close_notify"), (ragged, "fin")])
@pytest.mark.parametrize("slos", ["", NEEDS_CALLS], ids=["splice", "mitm"])
def test_a_connection_without_a_fault_ends_as_the_providers_did(answers, end, slos, kit):
    proxy = kit.worker(kit.origin(raw=answers, h2=False), slos=slos)
    read, ended = ask(kit, proxy)
    assert read.endswith(b"\r\n\r\nhello")
    assert ended == end


@pytest.mark.parametrize("path", ["/bytes/4000", "/events/200/0"])
def test_a_truncated_answer_tells_nothing_of_its_length_and_ends_without_a_word(path, kit):
    proxy = kit.worker(kit.origin(h2=False), TRUNCATED)
    proxy.arm()
    read, ended = ask(kit, proxy, path)
    head, _, body = read.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-length" not in head.lower()
    assert b"transfer-encoding" not in head.lower()
    assert b"connection: close" in head.lower()
    assert (len(body), ended) == (1000, "fin")
    assert [line["hits"] for line in proxy.lines()] == [[["i", "cut"]]]


def test_an_answer_that_is_no_longer_is_left_alone(kit):
    proxy = kit.worker(kit.origin(h2=False), TRUNCATED)
    proxy.arm()
    answer = requests.get(
        f"https://{kit.host}/bytes/1000",
        proxies={"https": f"http://{proxy.address}"},
        verify=kit.own_ca,
        timeout=5,
    )
    assert answer.headers["content-length"] == "1000"
    assert [line["hits"] for line in proxy.lines()] == [[]]


def test_over_http2_and_without_tls_it_cannot_be_and_is_no_hit(kit):
    proxy = kit.worker(kit.origin(), TRUNCATED, provider=", reverse: '127.0.0.1:0'")
    with httpx.Client(http2=True, proxy=f"http://{proxy.address}", verify=kit.trust(proxy)) as client:
        client.get(f"https://{kit.host}/bytes/1")  # teaches the proxy what the provider speaks
        proxy.arm()
        answer = client.get(f"https://{kit.host}/bytes/4000")
    assert (answer.http_version, len(answer.content)) == ("HTTP/2", 4000)
    assert len(httpx.get(f"http://{proxy.reverse['pay']}/bytes/4000").content) == 4000
    lines = proxy.lines()[1:]
    assert [(line["drawn"], line["hits"]) for line in lines] == [(["i"], [])] * 2


def with_curl(kit, proxy) -> int:
    out = subprocess.run(
        [
            *("curl", "-sS", "--http1.1", "-m", "5", "-x", f"http://{proxy.address}"),
            *("--cacert", kit.own_ca, f"https://{kit.host}/bytes/4000"),
        ],
        capture_output=True,
        check=True,
        timeout=20,
    )
    return len(out.stdout)


def with_node(kit, proxy) -> int:
    cell = {"port": proxy.port, "host": kit.host, "path": "/bytes/4000", "timeout": 5}
    out = subprocess.run(
        ["node", Path(__file__).parent / "client.js"],
        input=json.dumps([cell]).encode(),
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(kit.own_ca)},
        capture_output=True,
        check=True,
        timeout=20,
    )
    seen = json.loads(out.stdout)[0]
    assert seen["error"] is None
    return seen["size"]


def with_requests(kit, proxy) -> int:
    proxies = {"https": f"http://{proxy.address}"}
    return len(
        requests.get(f"https://{kit.host}/bytes/4000", proxies=proxies, verify=kit.own_ca, timeout=5).content
    )


def with_httpx(kit, proxy) -> int:
    with httpx.Client(proxy=f"http://{proxy.address}", verify=kit.trust(proxy)) as client:
        return len(client.get(f"https://{kit.host}/bytes/4000").content)


@pytest.mark.skipif(
    None in (shutil.which("curl"), shutil.which("node")), reason="curl or node is not on this machine"
)
@pytest.mark.parametrize("client", [with_curl, with_node, with_requests, with_httpx])
def test_real_clients_take_the_part_for_the_whole(client, kit):
    proxy = kit.worker(kit.origin(h2=False), TRUNCATED)
    proxy.arm()
    assert client(kit, proxy) == 1000
    assert [line["hits"] for line in proxy.lines()] == [[["i", "cut"]]]
