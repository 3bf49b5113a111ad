"""Connections that are open when a shape begins, and what becomes of them when it ends or is lifted."""

import socket
import ssl
import time

import httpx
import pytest
import requests

pytestmark = [pytest.mark.socket, pytest.mark.broad]
NEEDS_CALLS = ", {id: a, provider: pay, amplification: '<= 3x'}"
BODY = bytes(range(250)) * 400
OPEN = "{from: fault + 1s, for: 500s}"


def inject(fault: str, when: str = OPEN) -> str:
    return f"[{{id: i, provider: pay, fault: {fault}, during: {when}}}]"


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


def plain(kit, fault: str, when: str = OPEN):
    more = ", reverse: '127.0.0.1:0', base: 'tcp://api.pay.example:5432'"
    return kit.worker(kit.origin(tls=False, raw=echo), inject(fault, when), provider=more)


def connect(proxy) -> socket.socket:
    host, _, port = proxy.reverse["pay"].rpartition(":")
    sock = socket.create_connection((host, int(port)), 10)
    sock.settimeout(20)
    sock.sendall(b"open")
    assert read(sock, 4) == b"open"
    return sock


def read(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (part := sock.recv(min(65536, size - len(data)))):
        data += part
    return data


def how_it_ends(sock: socket.socket) -> str:
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        return "rst"
    return "fin"


def test_what_an_open_connection_carries_is_late_from_the_instant_it_begins(kit):
    proxy = plain(kit, "{latency: {time: 300ms}}")
    with connect(proxy) as sock:
        proxy.arm(time.monotonic() - 1)
        asked = time.monotonic()
        sock.sendall(b"x")
        assert read(sock, 1) == b"x"
        assert time.monotonic() - asked >= 0.6
    (line,) = proxy.lines()
    assert (line["eligible"], line["drawn"], line["hits"]) == (["i"], ["i"], [["i", "lag"]])


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        ("{limit_time: {time: 200ms, how: rst}}", "rst"),
        ("{limit_time: {time: 200ms, how: fin}}", "fin"),
        ("{reset: {at: accept}}", "rst"),
        ("{half_close: {time: 200ms}}", "fin"),
    ],
)
def test_an_open_connection_is_ended(kit, fault, end):
    proxy = plain(kit, fault)
    with connect(proxy) as sock:
        proxy.arm(time.monotonic() - 1)
        assert how_it_ends(sock) == end
    proxy.settled(lambda told: told["hits"] == {"i": 1})


@pytest.mark.parametrize(
    ("fault", "end"), [("{limit_data: {bytes: 2B, how: rst}}", "rst"), ("{reset: {at: answer}}", "rst")]
)
def test_only_bytes_from_now_on_count(kit, fault, end):
    proxy = plain(kit, fault)
    with connect(proxy) as sock:  # four bytes have passed already
        proxy.arm(time.monotonic() - 1)
        proxy.inspect()  # the injection has begun
        sock.sendall(b"123")
        assert how_it_ends(sock) == end


@pytest.mark.parametrize("how", ["end", "lift"])
@pytest.mark.parametrize(
    "fault", ["{bandwidth: {rate: 1kB/s}}", "{latency: {time: 1h}}", "{slicer: {size: 1B, gap: 100ms}}"]
)
def test_what_is_queued_passes_in_order_when_the_injection_ends(kit, fault, how):
    proxy = plain(kit, fault, "{from: fault + 1s, for: 2s}" if how == "end" else OPEN)
    with connect(proxy) as sock:
        proxy.arm(time.monotonic() - 1)
        sock.sendall(BODY[:50_000])
        proxy.settled(lambda told: told["hits"] == {"i": 1})
        if how == "lift":
            proxy.tell({"lift": True})
        began = time.monotonic()
        sock.sendall(BODY[50_000:])
        assert read(sock, len(BODY)) == BODY  # 100 s and more, if it went on
        sock.sendall(b"x")
        assert read(sock, 1) == b"x"
        assert time.monotonic() - began < 20


def test_a_silence_is_dropped_when_the_injection_ends(kit):
    proxy = plain(kit, "{limit_data: {bytes: 1B, how: silence}}", "{from: fault + 1s, for: 2s}")
    with connect(proxy) as sock:
        proxy.arm(time.monotonic() - 1)
        proxy.inspect()
        sock.sendall(b"12")
        assert read(sock, 1) == b"1"
        sock.settimeout(0.5)
        with pytest.raises(TimeoutError):
            sock.recv(1)
        sock.settimeout(10)
        assert how_it_ends(sock) == "fin"
    proxy.settled(lambda told: told["hits"] == {"i": 1})


def test_two_shapes_add_up_and_one_that_ends_leaves_the_other(kit):
    late = "{id: late, provider: pay, fault: {latency: {time: 200ms}}, during: fault}"
    gone = "{id: gone, provider: pay, fault: {latency: {time: 1h}}, during: {from: fault + 1s, for: 2s}}"
    more = ", reverse: '127.0.0.1:0', base: 'tcp://api.pay.example:5432'"
    proxy = kit.worker(kit.origin(tls=False, raw=echo), f"[{late}, {gone}]", provider=more)
    with connect(proxy) as sock:
        proxy.arm(time.monotonic() - 1)
        sock.sendall(b"x")
        assert read(sock, 1) == b"x"  # held by the second for two seconds, not for an hour
        asked = time.monotonic()
        sock.sendall(b"y")
        assert read(sock, 1) == b"y"
        assert time.monotonic() - asked >= 0.4
    proxy.settled(lambda told: told["hits"] == {"late": 1, "gone": 1})


def test_a_shape_that_ended_while_another_fault_made_the_connection_wait_never_begins(kit):
    wait = "{id: wait, provider: pay, fault: {connect_delay: {time: 2s}}, during: fault}"
    gone = "{id: gone, provider: pay, fault: {latency: {time: 1h}}, during: {from: fault + 1s, for: 1s}}"
    more = ", reverse: '127.0.0.1:0', base: 'tcp://api.pay.example:5432'"
    proxy = kit.worker(kit.origin(tls=False, raw=echo), f"[{wait}, {gone}]", provider=more)
    proxy.arm(time.monotonic() - 1)
    with connect(proxy):  # is answered
        proxy.settled(lambda told: told["hits"] == {"wait": 1})


def test_a_connection_that_falls_silent_while_it_waits_is_dropped_when_the_silence_ends(kit):
    mute = "{limit_time: {time: 100ms, how: silence}}"
    mute = f"{{id: mute, provider: pay, fault: {mute}, during: {{from: fault, for: 2s}}}}"
    wait = "{id: wait, provider: pay, fault: {connect_delay: {time: 500s}}, during: fault}"
    more = ", reverse: '127.0.0.1:0', base: 'tcp://api.pay.example:5432'"
    proxy = kit.worker(kit.origin(tls=False, raw=echo), f"[{mute}, {wait}]", provider=more)
    proxy.arm()
    host, _, port = proxy.reverse["pay"].rpartition(":")
    with socket.create_connection((host, int(port)), 10) as sock:
        sock.settimeout(20)
        assert how_it_ends(sock) == "fin"
    proxy.settled(lambda told: told["hits"] == {"mute": 1, "wait": 1})


@pytest.mark.parametrize("is_decrypted", [False, True])
@pytest.mark.parametrize("http2", [False, True])
def test_an_open_client_connection_is_late_in_both_lanes(kit, http2, is_decrypted):
    proxy = kit.worker(
        kit.origin(h2=http2), inject("{latency: {time: 200ms}}"), slos=NEEDS_CALLS if is_decrypted else ""
    )
    trust = kit.trust(proxy) if is_decrypted else ssl.create_default_context(cafile=kit.provider_ca)
    url = f"https://{kit.host}/bytes/30000"
    if is_decrypted:  # teaches what the provider speaks
        httpx.Client(http2=http2, proxy=f"http://{proxy.address}", verify=trust).get(url)
    with httpx.Client(http2=http2, proxy=f"http://{proxy.address}", verify=trust, timeout=20) as client:
        assert client.get(url).http_version == ("HTTP/2" if http2 else "HTTP/1.1")
        proxy.arm(time.monotonic() - 1)
        asked = time.monotonic()
        assert client.get(url).content == b"x" * 30000
        assert time.monotonic() - asked >= 0.4
    connections = [x for x in proxy.lines() if not x["call"] and x["hits"]]
    assert [x["hits"] for x in connections] == [[["i", "lag"]]]
    assert connections[0].get("has_calls", False) == is_decrypted


def test_a_call_over_plain_http_is_slowed_with_its_connection(kit):
    origin = kit.origin(tls=False)
    proxy = kit.worker(origin, inject("{bandwidth: {rate: 20kB/s, direction: down}}", "fault"))
    proxy.arm()
    with requests.Session() as session:
        session.proxies = {"http": f"http://{proxy.address}"}
        for _ in range(2):
            asked = time.monotonic()
            answer = session.get(f"http://{kit.host}/bytes/10000", timeout=15)
            assert answer.content == b"x" * 10000
            assert time.monotonic() - asked >= 0.4
    lines = proxy.lines()
    assert sorted((x["call"], tuple(x["eligible"]), len(x["hits"]), "has_calls" in x) for x in lines) == [
        (False, ("i",), 1, True),
        (True, (), 0, False),
        (True, (), 0, False),
    ]


async def flood(reader, writer):
    await reader.read(1)
    for _ in range(1024):  # 64 MiB, and reads nothing
        writer.write(b"x" * 65536)
        await writer.drain()


def test_a_slow_line_holds_up_its_sender_instead_of_filling_the_memory(kit):
    more = ", reverse: '127.0.0.1:0', base: 'tcp://api.pay.example:5432'"
    proxy = kit.worker(
        kit.origin(tls=False, raw=flood), inject("{bandwidth: {rate: 1kB/s}}", "fault"), provider=more
    )
    proxy.arm()
    before = proxy.inspect()
    host, _, port = proxy.reverse["pay"].rpartition(":")
    with socket.create_connection((host, int(port)), 10) as sock:
        sock.settimeout(1)
        sock.sendall(b"?")
        proxy.settled(lambda told: told["hits"] == {"i": 1})
        with pytest.raises(TimeoutError):
            sock.sendall(b"y" * 48 * 1024 * 1024)
        assert proxy.inspect()["memory"] - before["memory"] < 16 * 1024 * 1024
    deadline = time.monotonic() + 10
    while (told := proxy.inspect())["connections"] or told["clients"]:
        assert time.monotonic() < deadline, told
        time.sleep(0.02)


@pytest.mark.parametrize("slos", ["", NEEDS_CALLS])
def test_callers_that_leave_take_everything_with_them(kit, slos):
    proxy = kit.worker(
        kit.origin(h2=False), inject("{latency: {time: 1h, direction: down}}", "fault"), slos=slos
    )
    proxy.arm()

    def call():
        sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
        sock.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\n\r\n".encode())
        sock.recv(100)
        sock.sendall(b"\x16\x03\x01")
        return sock

    call().close()
    before = proxy.inspect()
    held = [call() for _ in range(30)]
    deadline = time.monotonic() + 10
    while proxy.inspect()["connections"] < 30:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    for sock in held:
        sock.close()
    while (told := proxy.inspect())["connections"] or told["clients"] or told["fds"] > before["fds"]:
        assert time.monotonic() < deadline, (before, told)
        time.sleep(0.02)
