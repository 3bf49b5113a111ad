"""The two lanes, without a fault: what passes, and what the provider and the client see."""

import socket

import httpx
import pytest
import requests

from chaoskit import spec
from chaoskit.core import lanes

pytestmark = pytest.mark.socket
NEEDS_CALLS = ", {id: a, provider: pay, amplification: '<= 3x'}"


def test_a_call_passes_through_the_mitm_lane_and_is_recorded(kit):
    origin = kit.origin()
    proxy = kit.worker(origin, slos=NEEDS_CALLS)
    answer = requests.get(
        f"https://{kit.host}/hello?secret=1",
        proxies={"https": f"http://{proxy.address}"},
        verify=kit.own_ca,
        timeout=5,
    )
    assert answer.status_code == 200
    assert answer.headers["server"] == "origin"
    lines = proxy.lines()
    assert [(x["call"], x["host"], x["method"], x["path"], x["status"]) for x in lines] == [
        (True, kit.host, "GET", "/hello", 200)
    ]
    assert proxy.latest["seen"] == {"pay": 1}


@pytest.mark.parametrize(
    ("client_h2", "origin_h2", "spoken"), [(1, 1, "HTTP/2"), (1, 0, "HTTP/1.1"), (0, 1, "HTTP/1.1")]
)
def test_a_client_speaks_what_the_provider_speaks(kit, client_h2, origin_h2, spoken):
    origin = kit.origin(h2=bool(origin_h2))
    proxy = kit.worker(origin, slos=NEEDS_CALLS)
    for _ in range(2):  # unknown at first, then remembered
        with httpx.Client(
            http2=bool(client_h2), proxy=f"http://{proxy.address}", verify=kit.trust(proxy)
        ) as client:
            for _ in range(2):
                answer = client.post(f"https://{kit.host}/x", content=b"body")
                assert answer.http_version == spoken
                assert answer.json()["body"] == "body"
    assert origin.connections == 2


def issuer(kit, proxy, host, port=443):
    """Return whose certificate a client is shown that goes through the proxy to ``host``."""
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
        sock.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\n\r\n".encode())
        assert sock.recv(100).startswith(b"HTTP/1.1 200")
        with kit.trust(proxy).wrap_socket(sock, server_hostname=host) as tls:
            return dict(each[0] for each in tls.getpeercert()["issuer"])["commonName"]


@pytest.mark.parametrize(
    ("fault", "is_decrypted"),
    [
        ("{event_gap: {time: 1s}}", True),
        ("websocket_drop", True),
        ("{certificate: {problem: expired}}", True),
        ("refuse", False),
        ("{handshake_delay: {time: 1s}}", False),
        ("{blackhole: {at: connect}}", False),
    ],
)
def test_a_client_is_shown_our_certificate_just_where_plan_says_that_its_calls_are_decrypted(
    kit, fault, is_decrypted
):
    config = kit.config(kit.origin().port, f"[{{id: i, provider: pay, fault: {fault}, during: fault}}]")
    said = lanes.explained(spec.load("t.yaml", config["text"]))
    assert said == ["HTTPS to pay is decrypted for i" if is_decrypted else "not decrypted: pay"]
    proxy = kit.start(config).ready()  # and not armed: the lane is the same before and after a fault
    shown = issuer(kit, proxy, kit.host)
    assert (shown != "the provider's own CA") is is_decrypted


def test_a_fault_on_calls_through_an_edge_decrypts_every_provider_on_the_ports_of_the_web_only(kit):
    port = kit.origin().port
    text = (
        "version: 1\nname: t\ntarget: {url: http://127.0.0.1:1}\nproviders:\n"
        f"  pay: {{hosts: [{kit.host}], resolve: '127.0.0.1:{port}'}}\n"
        "  edge: {fronted_by: cloudflare, hosts: [img.example]}\n"
        "proxy: {upstream_ca: provider-ca.pem}\n"
        "load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}\nphases: {a: 500s, fault: 100s}\n"
        "inject: [{id: i, provider: edge, fault: {error: {}}, during: fault}]\n"
    )
    assert lanes.explained(spec.load("t.yaml", text)) == [
        "HTTPS to pay is decrypted to learn from answers whether it is behind edge",
        "HTTPS to edge is decrypted for i",
    ]
    proxy = kit.start(kit.config(0, text=text)).ready()
    assert issuer(kit, proxy, kit.host) != "the provider's own CA"
    assert issuer(kit, proxy, kit.host, port=8443) == "the provider's own CA"
