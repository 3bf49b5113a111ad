"""TLS handshakes that hang, are late, or break off: in both lanes, and on the splice lane without our CA."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import requests

pytestmark = [pytest.mark.socket, pytest.mark.broad]
NEEDS_CALLS = ", {id: a, provider: pay, amplification: '<= 3x'}"
LANES = ("splice", "mitm")


def inject(fault: str, when: str = "fault", more: str = "") -> str:
    return f"[{{id: i, provider: pay, fault: {fault}, during: {when}{more}}}]"


@pytest.fixture
def worker(kit):
    """A worker whose provider is in that lane, and a provider that counts its connections."""

    def start(lane: str, *args: str):
        origin = kit.origin()
        proxy = kit.worker(origin, inject(*args), slos=NEEDS_CALLS if lane == "mitm" else "")
        # nothing is decrypted in the splice lane: the client need not know our CA
        proxy.ca = kit.provider_ca if lane == "splice" else kit.own_ca
        return origin, proxy

    return start


def tunnel(kit, proxy) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
    sock.settimeout(10)
    sock.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\n\r\n".encode())
    assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    return sock


def client_hello(name: str, *alpn: str) -> bytes:
    context = ssl.create_default_context()
    if alpn:
        context.set_alpn_protocols(alpn)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def handshake(kit, proxy) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=proxy.ca)
    return context.wrap_socket(tunnel(kit, proxy), server_hostname=kit.host)


def read_until_end(sock: socket.socket) -> bytes:
    read = b""
    while data := sock.recv(65536):
        read += data
    return read


def is_empty(proxy) -> bool:
    told = proxy.inspect()
    return not told["connections"] and not told["clients"] and not told["calls"]


def settles(proxy):
    end = time.monotonic() + 8
    while not is_empty(proxy):
        assert time.monotonic() < end, proxy.inspect()
        time.sleep(0.02)


def of_curl(kit, proxy):
    out = subprocess.run(
        [
            "curl",
            "-sS",
            "-m",
            "2",
            "--cacert",
            proxy.ca,
            "-x",
            f"http://{proxy.address}",
            f"https://{kit.host}/x",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    return f"({out.returncode}) {out.stderr}"


def of_requests(kit, proxy):
    proxies = {"https": f"http://{proxy.address}"}
    with pytest.raises(requests.RequestException) as caught:
        requests.get(f"https://{kit.host}/x", proxies=proxies, verify=proxy.ca, timeout=2)
    return f"{type(caught.value).__name__}: {caught.value}"


def of_httpx(kit, proxy):
    trust = ssl.create_default_context(cafile=proxy.ca)
    with (
        httpx.Client(proxy=f"http://{proxy.address}", verify=trust, timeout=2) as client,
        pytest.raises(httpx.TransportError) as caught,
    ):
        client.get(f"https://{kit.host}/x")
    return f"{type(caught.value).__name__}: {caught.value}"


def of_node(kit, proxy):
    cell = {"port": proxy.port, "host": kit.host, "path": "/x", "timeout": 2}
    out = subprocess.run(
        ["node", Path(__file__).parent / "client.js"],
        input=json.dumps([cell]).encode(),
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(proxy.ca)},
        capture_output=True,
        check=True,
        timeout=20,
    )
    return json.loads(out.stdout)[0]["error"]


CLIENTS = {"curl": of_curl, "requests": of_requests, "httpx": of_httpx, "node": of_node}
needs_clients = pytest.mark.skipif(
    None in (shutil.which("curl"), shutil.which("node")), reason="curl or node is not on this machine"
)
SEEN = {
    "{tls_alert: {}}": {
        "curl": r"\(35\) .*handshake failure",
        "requests": "SSLError: .*handshake failure",
        "httpx": "ConnectError: .*handshake failure",
        "node": "EPROTO: .*handshake failure",
    },
    "{tls_alert: {alert: unrecognized_name}}": {
        "curl": r"\(35\) .*unrecognized name",
        "requests": "SSLError: .*unrecognized name",
        "httpx": "ConnectError: .*unrecognized name",
        "node": "EPROTO: .*unrecognized name",
    },
    "{tls_alert: {code: 80}}": {
        "curl": r"\(35\) .*internal error",
        "requests": "SSLError: .*internal error",
        "httpx": "ConnectError: .*internal error",
        "node": "EPROTO: .*internal error",
    },
    "{handshake_stall: {}}": {
        "curl": r"\(28\) ",
        "requests": "(Read|Connect)Timeout: ",
        "httpx": "ConnectTimeout: .*handshake operation timed out",
        "node": "timeout",
    },
    "{handshake_stall: {at: middle}}": {
        "curl": r"\(28\) ",
        "requests": "(Read|Connect)Timeout: ",
        "httpx": "ConnectTimeout: .*handshake operation timed out",
        "node": "timeout",
    },
    "{disconnect: {at: handshake}}": {
        "curl": r"\(35\) .*reset",
        "requests": "ConnectionError: .*reset by peer",
        "httpx": "ConnectError: .*reset by peer",
        "node": "ECONNRESET",
    },
    "{disconnect: {at: handshake, how: fin}}": {
        "curl": r"\(35\) .*(SSL_ERROR_SYSCALL|unexpected eof)",
        "requests": "SSLError: .*EOF occurred",
        "httpx": "ConnectError: .*EOF occurred",
        "node": "ECONNRESET",
    },
}


@needs_clients
@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("fault", SEEN)
def test_real_clients_see_what_went_wrong_with_the_handshake(fault, lane, worker, kit):
    _, proxy = worker(lane, fault)
    proxy.arm()
    with ThreadPoolExecutor(len(CLIENTS)) as pool:
        asked = {name: pool.submit(client, kit, proxy) for name, client in CLIENTS.items()}
        seen = {name: future.result() for name, future in asked.items()}
    wrong = {name: said for name, said in seen.items() if not re.search(SEEN[fault][name], said)}
    assert wrong == {}
    lines = proxy.lines()
    assert len(lines) == len(CLIENTS)
    action = {"t": "alert", "h": "hold", "d": "close"}[fault[1]] if "middle" not in fault else "stall"
    for line in lines:
        assert (line["call"], line["eligible"], line["drawn"]) == (False, ["i"], ["i"])
        assert line["hits"] == [["i", action]]


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize(("at", "passed"), [("hello", 0), ("middle", 64)])
def test_a_stalled_handshake_is_dropped_when_its_injection_ends(lane, at, passed, worker, kit):
    _, proxy = worker(lane, f"{{handshake_stall: {{at: {at}}}}}", "{from: fault, for: 1500ms}")
    proxy.arm()
    with tunnel(kit, proxy) as sock:
        sock.sendall(client_hello(kit.host))
        assert len(read_until_end(sock)) == passed
    with handshake(kit, proxy) as tls:  # it has ended: the next is as ever
        assert tls.version() == "TLSv1.3"
    settles(proxy)
    assert [line["hits"] for line in proxy.lines() if line["hits"]] == [
        [["i", "hold" if not passed else "stall"]]
    ]


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("fault", ["{handshake_stall: {}}", "{handshake_stall: {at: middle}}"])
@pytest.mark.parametrize("who", ["the client leaves", "faults are lifted"])
def test_a_stalled_handshake_leaves_nothing_behind(lane, fault, who, worker, kit):
    _, proxy = worker(lane, fault)
    proxy.arm()
    before = proxy.inspect()
    socks = [tunnel(kit, proxy) for _ in range(20)]
    for sock in socks:
        sock.sendall(client_hello(kit.host))
    proxy.settled(lambda told: told["hits"] == {"i": 20})
    if who == "faults are lifted":
        proxy.tell({"lift": True})
        proxy.expect("ack")
        for sock in socks:
            assert len(read_until_end(sock)) in (0, 64)
    for sock in socks:
        sock.close()
    settles(proxy)
    after = proxy.inspect()
    assert after["tasks"] <= before["tasks"]
    assert after["fds"] <= before["fds"]


@pytest.mark.parametrize("lane", LANES)
def test_a_handshake_is_late_by_as_much_as_the_file_says_and_then_as_ever(lane, worker, kit):
    origin, proxy = worker(lane, "{handshake_delay: {time: 400ms}}")
    proxy.arm()
    with tunnel(kit, proxy) as sock:
        began = time.monotonic()
        tls = ssl.create_default_context(cafile=proxy.ca).wrap_socket(sock, server_hostname=kit.host)
        assert time.monotonic() - began >= 0.4
        began = time.monotonic()
        tls.sendall(b"GET /bytes/3 HTTP/1.1\r\nHost: api.pay.example\r\nConnection: close\r\n\r\n")
        assert tls.recv(100).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 0.4
        tls.close()
    line = next(line for line in proxy.lines() if line["hits"])
    assert (line["hits"], line["asked"]) == ([["i", "wait"]], 0.4)
    assert line["waited"] >= 0.4
    assert origin.connections == 1


def test_a_lift_ends_the_wait_of_a_handshake(worker, kit):
    _, proxy = worker("splice", "{handshake_delay: {time: 500s}}")
    proxy.arm()
    done = []
    caller = threading.Thread(target=lambda: done.append(handshake(kit, proxy).version()))
    caller.start()
    proxy.settled(lambda told: told["hits"] == {"i": 1})
    proxy.tell({"lift": True})
    caller.join(10)
    assert done == ["TLSv1.3"]


@pytest.mark.parametrize("lane", LANES)
def test_a_hello_that_comes_in_pieces_is_read_whole(lane, worker, kit):
    _, proxy = worker(lane, "{tls_alert: {code: 80}}")
    proxy.arm()
    with tunnel(kit, proxy) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        hello = client_hello(kit.host, "h2")
        for at in range(0, len(hello), 40):
            sock.sendall(hello[at : at + 40])
        assert read_until_end(sock) == b"\x15\x03\x03\x00\x02\x02\x50"


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize(
    "fault", ["{handshake_stall: {}}", "{tls_alert: {}}", "{handshake_delay: {time: 99s}}"]
)
def test_the_provider_is_not_contacted(lane, fault, kit):
    with socket.create_server(("127.0.0.1", 0)) as provider:
        port = provider.getsockname()[1]
        config = kit.config(port, inject(fault), slos=NEEDS_CALLS if lane == "mitm" else "")
        proxy = kit.start(config).ready()
        proxy.arm()
        with tunnel(kit, proxy) as sock:
            sock.sendall(client_hello(kit.host, "h2", "http/1.1"))
            proxy.settled(lambda told: told["hits"] == {"i": 1})
        provider.setblocking(False)
        with pytest.raises(BlockingIOError):
            provider.accept()


def test_a_client_that_comes_without_connect_meets_the_fault_too(worker, kit):
    origin, proxy = worker("splice", "{tls_alert: {alert: unrecognized_name}}")
    proxy.arm()
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as sock:
        sock.sendall(client_hello(kit.host))
        assert read_until_end(sock) == b"\x15\x03\x03\x00\x02\x02\x70"
    assert origin.connections == 0


@pytest.mark.parametrize("lane", LANES)
def test_a_connection_that_is_open_already_is_left_alone(lane, worker, kit):
    _, proxy = worker(lane, "{disconnect: {at: handshake}}", "{from: fault + 1s, for: 500s}")
    with handshake(kit, proxy) as tls:
        proxy.arm(time.monotonic() - 1)
        with pytest.raises(OSError, match=r"reset|EOF"):
            handshake(kit, proxy)
        proxy.settled(lambda told: told["hits"] == {"i": 1})
        tls.sendall(b"GET /bytes/3 HTTP/1.1\r\nHost: api.pay.example\r\n\r\n")
        assert tls.recv(100).startswith(b"HTTP/1.1 200")


def test_a_share_of_the_connections_is_struck_and_the_others_are_passed_untouched(worker, kit):
    _, proxy = worker("splice", "{tls_alert: {}}", "fault", ", share: 50% of connections")
    proxy.arm()
    spared = 0
    for _ in range(30):
        try:
            handshake(kit, proxy).close()
        except ssl.SSLError as problem:
            assert "handshake failure" in str(problem)  # noqa: PT017 - either may happen
        else:
            spared += 1
    lines = proxy.lines()
    assert len(lines) == 30
    assert all(line["eligible"] == ["i"] for line in lines)
    assert sum(line["drawn"] == [] and line["hits"] == [] for line in lines) == spared
    assert sum(line["drawn"] == ["i"] and line["hits"] == [["i", "alert"]] for line in lines) == 30 - spared
    assert 0 < spared < 30


def test_what_is_no_tls_passes_and_is_no_hit(kit):
    origin = kit.origin(tls=False)
    proxy = kit.worker(origin, inject("{handshake_stall: {}}"))
    proxy.arm()
    with tunnel(kit, proxy) as sock:
        sock.sendall(b"GET /bytes/3 HTTP/1.1\r\nHost: api.pay.example\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 200")
    assert [line["eligible"] + line["hits"] for line in proxy.lines()] == [[]]
