"""A gateway at the provider's own name and port, which asks a name server where the provider is."""

import ipaddress
import shutil
import socket
import threading

import pytest
from mitmproxy import dns
from mitmproxy.net.dns import types

from calling import curl, fault
from namespace import V4, Namespace, needs_root

pytestmark = [
    pytest.mark.socket,
    needs_root,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine"),
]
GATEWAY = "127.0.0.2"


@pytest.fixture
def world():
    with Namespace() as world:
        yield world


@pytest.fixture
def name_server(world):
    """Answer every question about an IPv4 address with the one that is in the list that it returns."""

    address = [V4]
    sock = world.open(kind=socket.SOCK_DGRAM)
    sock.bind((V4, 53))
    sock.settimeout(None)

    def serve():
        while True:
            data, client = sock.recvfrom(4096)
            if data == b"end":
                return
            query = dns.DNSMessage.unpack(data)
            name = query.questions[0].name
            found = [dns.ResourceRecord.A(name, ipaddress.IPv4Address(address[0]), ttl=0)]
            sock.sendto(query.succeed(found if query.questions[0].type == types.A else []).packed, client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield address
    with world.open(kind=socket.SOCK_DGRAM) as end:
        end.sendto(b"end", (V4, 53))
    thread.join(5)
    sock.close()


def start(kit, world, host, inject="[]"):
    proxy = f", gateway: '{GATEWAY}:443', resolver: {V4}"
    config = kit.config(1, inject, proxy=proxy)
    text = config["text"].replace(f"{kit.host}], resolve: '127.0.0.1:1'", f"'{host}']")
    return kit.start(config | {"text": text}, world.prefix)


def call(kit, world):
    where = f"api.pay.example:443:{GATEWAY}"
    url = "https://api.pay.example/bytes/9"
    return curl("--resolve", where, "--cacert", str(kit.own_ca), url, before=world.prefix)[:2]


def test_the_provider_is_found_although_its_name_leads_here(kit, world, name_server):
    origin = kit.origin(sock=world.listener(443))
    proxy = start(kit, world, kit.host, fault("{error: {status: 503}}")).ready()

    assert call(kit, world) == (200, 0)
    proxy.arm()
    assert call(kit, world) == (503, 0)
    assert origin.calls == ["GET /bytes/9"]


def test_a_name_server_that_knows_only_the_gateway_is_an_error(kit, world, name_server):
    name_server[0] = GATEWAY

    said = start(kit, world, kit.host).expect("failed")

    assert said.startswith(f"proxy.gateway: api.pay.example leads to {GATEWAY}, which is this proxy itself")


@pytest.mark.parametrize("what", ["{error: {status: 503}}", "{disconnect: {at: connect}}"])
def test_a_name_below_a_pattern_that_leads_back_is_refused_and_is_no_loop(kit, world, name_server, what):
    """On both lanes: with a fault on calls, and with one on connections."""
    name_server[0] = GATEWAY
    proxy = start(kit, world, "*.pay.example", fault(what)).ready()

    assert call(kit, world)[0] == 0
    errors = [line.get("error", "") for line in proxy.lines()]
    assert len(errors) == 1
    assert "this proxy itself" in errors[0]
