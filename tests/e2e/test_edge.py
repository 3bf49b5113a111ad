"""An edge goes away: every host behind it is struck, whoever it belongs to, and nothing else."""

import json
import socket
import struct
import time

import httpx
import pytest
import requests

from chaoskit import spec
from chaoskit.run import fronts

pytestmark = [pytest.mark.socket, pytest.mark.broad]


def answering(*headers: str):
    """Answer every request with these headers; ``/slow`` after ten seconds."""
    head = "".join(f"{each}\r\n" for each in headers).encode()

    async def serve(reader, writer):
        while request := await reader.readuntil(b"\r\n\r\n"):
            if b"/slow" in request.split(b"\r\n")[0]:
                await reader.read()  # until the client leaves
                return
            writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"content-length: 2\r\n\r\nok")
            await writer.drain()

    return serve


def text_of(kit, behind, beside, fault, more=""):
    return (
        "version: 1\nname: t\ntarget: {url: http://127.0.0.1:1}\nproviders:\n"
        f"  pay: {{hosts: [api.pay.example], resolve: '127.0.0.1:{behind.port}'}}\n"
        f"  shop: {{hosts: [other.example], resolve: '127.0.0.1:{beside.port}'}}\n"
        f"  edge: {{fronted_by: cloudflare, resolve: '127.0.0.1:{beside.port}'{more}}}\n"
        "proxy: {upstream_ca: provider-ca.pem}\n"
        "load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}\n"
        "phases: {baseline: 100s, fault: 500s}\n"
        f"inject: [{{id: i, provider: edge, fault: {fault}, during: fault}}]\n"
        "slos: [{id: s, in: fault, availability: '>= 1%'}]\n"
    )


@pytest.fixture
def behind(kit):
    return kit.origin(h2=False, raw=answering("Server: cloudflare", "CF-Ray: 8f-FRA"))


@pytest.fixture
def beside(kit):
    return kit.origin(h2=False, raw=answering("server: origin"))


def started(kit, text, **more):
    return kit.start(kit.config(0, text=text, **more)).ready()


def get(kit, proxy, host, path="/", timeout=5):
    return requests.get(
        f"https://{host}{path}",
        proxies={"https": f"http://{proxy.address}"},
        verify=kit.own_ca,
        timeout=timeout,
    ).status_code


def test_hosts_are_known_by_headers_and_by_seed_and_only_they_are_struck(kit, behind, beside):
    text = text_of(kit, behind, beside, "{error: {status: 503}}")
    proxy = started(kit, text)
    hosts = ("api.pay.example", "other.example", "api.openai.com")
    assert [get(kit, proxy, each) for each in hosts] == [200, 200, 200]
    proxy.arm(time.monotonic() - 100)
    assert [get(kit, proxy, each) for each in hosts] == [503, 200, 503]
    # the edge's own, and the two calls that its headers made its own
    proxy.settled(lambda told: told.get("seen") == {"pay": 2, "shop": 2, "edge": 4})
    proxy.settled(lambda told: told["reached"] == {"pay": 1, "shop": 2, "edge": 2})
    lines = proxy.lines()
    assert [(x["provider"], x.get("groups", []), x["eligible"], len(x["hits"])) for x in lines] == [
        ("pay", ["edge"], [], 0),
        ("shop", [], [], 0),
        ("edge", [], [], 0),
        ("pay", ["edge"], ["i"], 1),
        ("shop", [], [], 0),
        ("edge", [], ["i"], 1),
    ]
    (note,) = fronts.notes(spec.load("t.yaml", text), kit.folder)
    assert note == (
        "hosts behind Cloudflare (edge): api.openai.com (known to the catalogue), "
        "api.pay.example (response headers: server)"
    )


def test_a_connection_that_taught_it_is_struck_too_and_calls_under_way_are_seized(kit, behind, beside):
    proxy = started(kit, text_of(kit, behind, beside, "blackhole"))
    with httpx.Client(proxy=f"http://{proxy.address}", verify=kit.trust(proxy), timeout=30) as client:
        assert client.get("https://api.pay.example/").status_code == 200
        assert client.get("https://other.example/").status_code == 200
        proxy.arm(time.monotonic() - 99)  # one second before
        with pytest.raises(httpx.ReadTimeout):
            client.get("https://api.pay.example/slow", timeout=3)
        with pytest.raises(httpx.TimeoutException):
            client.get("https://api.pay.example/", timeout=1)
        assert client.get("https://other.example/").status_code == 200
    hits = [(x["path"], x["hits"]) for x in proxy.lines() if x["hits"]]
    assert ("/slow", [["i", "hold"]]) in hits
    assert len(hits) == 2


def test_hosts_of_nobody_are_known_by_their_address_before_they_are_connected_to(kit, behind, beside):
    (kit.folder / "ips.txt").write_text("127.0.0.1/32\n")
    elsewhere = socket.create_server(("127.0.0.2", 0))
    other = kit.origin(sock=elsewhere)
    mine = kit.origin()
    text = text_of(kit, behind, beside, "refuse", ", ranges: ips.txt").replace(
        f"fronted_by: cloudflare, resolve: '127.0.0.1:{beside.port}'", "fronted_by: cloudflare"
    )
    proxy = started(kit, text)

    def call(host, port):
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
            sock.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\n\r\n".encode())
            sock.settimeout(5)
            assert sock.recv(100).startswith(b"HTTP/1.1 200")
            with kit.trust(proxy).wrap_socket(sock, server_hostname="localhost") as tls:
                issuer = dict(each[0] for each in tls.getpeercert()["issuer"])
                return issuer["commonName"]

    # nothing is decrypted for a fault of connections
    assert call("localhost", mine.port) == "the provider's own CA"
    assert call("127.0.0.2", other.port) == "the provider's own CA"
    proxy.arm(time.monotonic() - 100)
    with pytest.raises(OSError, match=r"reset|EOF|closed"):
        call("localhost", mine.port)
    assert call("127.0.0.2", other.port) == "the provider's own CA"
    lines = proxy.lines()
    assert [(x["provider"], x["host"], len(x["hits"])) for x in lines] == [
        ("edge", "localhost", 0),
        ("edge", "localhost", 1),
    ]
    told = [json.loads(each) for each in (kit.folder / "edges-0.jsonl").read_text().splitlines()]
    assert {"host": "localhost", "clues": [["cloudflare", "address", "127.0.0.1"]]} in told


def test_what_one_worker_learns_the_other_does_too(kit, behind, beside):
    text = text_of(kit, behind, beside, "{error: {status: 503}}")
    proxies = [started(kit, text, worker=number, workers=2) for number in range(2)]
    assert get(kit, proxies[0], "api.pay.example") == 200
    wanted = "response headers"
    end = time.monotonic() + 5
    while not any(wanted in each for each in fronts.notes(spec.load("t.yaml", text), kit.folder)):
        assert time.monotonic() < end
        time.sleep(0.05)
    since = time.monotonic()
    while time.monotonic() < since + 1:  # two reports of the other worker
        time.sleep(0.05)
    proxies[1].arm(time.monotonic() - 100)
    assert get(kit, proxies[1], "api.pay.example") == 503


def test_questions_about_hosts_behind_it_are_struck_too(kit, behind, beside):
    text = text_of(kit, behind, beside, "{dns_error: {}}", ", hosts: [api.pay.example]").replace(
        "proxy: {", "proxy: {dns: {listen: '127.0.0.1:0', upstream: '127.0.0.1:9', answer: 127.0.0.9}, "
    )
    proxy = started(kit, text)
    proxy.arm(time.monotonic() - 100)

    def ask(host):
        name = b"".join(bytes([len(each)]) + each.encode() for each in host.split("."))
        packet = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + name + struct.pack("!B2H", 0, 1, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.sendto(packet, ("127.0.0.1", proxy.dns))
            return sock.recv(512)[3] & 0x0F

    assert [ask(each) for each in ("api.pay.example", "other.example", "api.openai.com")] == [3, 0, 3]
    proxy.settled(lambda told: told.get("questions") == {"pay": 1, "shop": 1, "edge": 2})


def test_a_reverse_port_and_plain_http_are_behind_it_too(kit):
    marked = kit.origin(tls=False, raw=answering("cf-ray: 8f-FRA"))
    plain = kit.origin(tls=False, raw=answering("server: origin"))
    text = text_of(kit, marked, plain, "{error: {status: 503}}").replace(
        "api.pay.example]", "api.pay.example], reverse: '127.0.0.1:0', base: 'http://api.pay.example'"
    )
    proxy = started(kit, text)
    proxies = {"http": f"http://{proxy.address}"}
    urls = ("http://api.pay.example/", "http://other.example/", "http://api.openai.com/")

    def statuses():
        reverse = requests.get(f"http://{proxy.reverse['pay']}/", timeout=5).status_code
        return [reverse, *(requests.get(each, proxies=proxies, timeout=5).status_code for each in urls)]

    assert statuses() == [200, 200, 200, 200]
    proxy.arm(time.monotonic() - 100)
    assert statuses() == [503, 503, 200, 503]


def test_a_forged_certificate_is_shown_by_what_is_behind_it(kit, behind, beside):
    proxy = started(kit, text_of(kit, behind, beside, "{certificate: {problem: expired}}"))
    assert [get(kit, proxy, each) for each in ("api.pay.example", "other.example")] == [200, 200]
    proxy.arm(time.monotonic() - 100)
    with pytest.raises(requests.exceptions.SSLError, match="expired"):
        get(kit, proxy, "api.pay.example")
    assert get(kit, proxy, "other.example") == 200
