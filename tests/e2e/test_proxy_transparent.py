"""A redirect in a network namespace of the test's own: clients that know nothing of a proxy."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time

import pytest

from calling import curl, fault
from chaoskit.proxy.dial import MARK
from namespace import V4, V6, Namespace, needs_root

pytestmark = [
    pytest.mark.socket,
    pytest.mark.broad,
    needs_root,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine"),
]
NAME = "https://api.pay.example/bytes/9"
NODE = """
const lookup = (_, options, done) =>
  options.all ? done(null, [{address: '198.51.100.7', family: 4}]) : done(null, '198.51.100.7', 4);
require('https').get({host: 'api.pay.example', path: '/bytes/9', lookup}, (answer) => {
  answer.resume();
  answer.on('end', () => console.log(answer.statusCode));
});
"""


@pytest.fixture
def world():
    with Namespace() as world:
        yield world


@pytest.fixture
def start(kit, world):
    """Return what starts a worker inside."""

    def one(inject="[]", transparent="{}", hosts="", before=(), **more):
        config = kit.config(1, inject, proxy=f", transparent: {transparent}, lease: 2s", **more)
        text = config["text"].replace(f"{kit.host}], resolve: '127.0.0.1:1'", f"{hosts or kit.host}]")
        proxy = kit.start(config | {"text": text}, (*world.prefix, *before))
        return proxy if before else proxy.ready()

    return one


def call(world, url, ca, *more, at=V4):
    where = [f"{name}:{port}:{at}" for name in ("api.pay.example", "other.example") for port in (80, 443)]
    found = [word for each in where for word in ("--resolve", each)]
    return curl(*found, "--cacert", str(ca), *more, url, before=world.prefix)


@pytest.mark.parametrize("at", [V4, V6])
def test_tls_to_a_provider_is_seen_and_struck_without_any_setting(kit, world, start, at):
    origin = kit.origin(sock=world.listener(443, at))
    proxy = start(fault("{error: {status: 503}}"))
    where = f"[{at}]" if ":" in at else at

    assert call(world, NAME, kit.own_ca, at=where)[:3] == (200, 0, b"x" * 9)
    proxy.arm()
    assert call(world, NAME, kit.own_ca, at=where)[:2] == (503, 0)
    assert origin.calls == ["GET /bytes/9"]
    assert [each["status"] for each in proxy.lines() if each["call"]] == [200, 503]


def test_plain_http_is_routed_by_its_host(kit, world, start):
    origin = kit.origin(tls=False, sock=world.listener(80))
    proxy = start(fault("{error: {status: 503}}"))
    proxy.arm()

    assert call(world, "http://api.pay.example/bytes/9", kit.own_ca)[:2] == (503, 0)
    assert call(world, "http://other.example/bytes/9", kit.own_ca)[:2] == (200, 0)
    assert origin.calls == ["GET /bytes/9"]


def test_other_hosts_keep_their_own_certificate_and_loopback_is_left_alone(kit, world, start):
    kit.origin(sock=world.listener(443))
    local = kit.origin(tls=False, sock=world.listener(80, "127.0.0.1"))
    proxy = start(fault("{error: {status: 503}}"))
    proxy.arm()

    assert call(world, "https://other.example/bytes/9", kit.provider_ca)[:2] == (200, 0)
    assert curl("http://127.0.0.1/bytes/9", before=world.prefix)[:2] == (200, 0)
    assert local.connections == 1
    assert proxy.lines() == []


def test_anything_else_goes_where_it_was_going(kit, world, start):
    async def shout(reader, writer):
        writer.write((await reader.read(100)).upper())
        await writer.drain()

    async def greet(_, writer):
        writer.write(b"mysql")
        await writer.drain()

    kit.origin(tls=False, raw=shout, sock=world.listener(5432))
    kit.origin(tls=False, raw=greet, sock=world.listener(3306))
    start(transparent="{ports: [5432, 3306]}")

    with world.open() as sock:
        sock.connect((V4, 5432))
        sock.sendall(b"\x00\x00\x00\x08hello")
        assert sock.recv(100) == b"\x00\x00\x00\x08HELLO"
    with world.open() as sock:  # its server speaks first
        sock.connect((V4, 3306))
        assert sock.recv(100) == b"mysql"


def test_only_providers_addresses_are_led_here_if_the_file_says_so(kit, world, start):
    """And a provider whose host is an address is known by it, whatever is spoken."""

    async def hold(reader, _):
        await reader.read()

    kit.origin(tls=False, raw=hold, sock=world.listener(5432))
    world.run("ip", "address", "add", "198.51.100.8/32", "dev", "lo")
    other = kit.origin(tls=False, raw=hold, sock=world.listener(5432, "198.51.100.8"))
    proxy = start(fault("{disconnect: {at: connect}}"), "{ports: 5432, to: providers}", hosts=V4)
    proxy.arm()

    with world.open() as sock:
        sock.connect((V4, 5432))
        with pytest.raises(ConnectionResetError):
            sock.recv(1)
    with world.open() as sock:
        sock.connect(("198.51.100.8", 5432))
        sock.sendall(b"x")
        assert "198.51.100.7" in world.tables()
    assert [each["host"] for each in proxy.lines()] == [V4]
    assert other.connections == 1


def test_http3_clients_are_told_at_once_to_use_tcp(world, start):
    start()
    with world.open(kind=socket.SOCK_DGRAM) as sock:
        sock.connect((V4, 443))
        with pytest.raises(PermissionError):  # the kernel's answer to a sender on the same machine
            sock.send(b"a QUIC packet")
        with pytest.raises(ConnectionRefusedError):  # and the ICMP message
            sock.recv(10)


def test_quic_passes_where_the_file_says_so(world, start):
    start(transparent="{quic: pass}")
    with world.open(kind=socket.SOCK_DGRAM) as server, world.open(kind=socket.SOCK_DGRAM) as client:
        server.bind((V4, 443))
        client.connect((V4, 443))
        client.send(b"a QUIC packet")
        assert server.recv(20) == b"a QUIC packet"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
def test_node_is_captured_too(kit, world, start):
    kit.origin(sock=world.listener(443))
    proxy = start(fault("{error: {status: 503}}"))
    proxy.arm()
    out = subprocess.run(
        [*world.prefix, "node", "-e", NODE],
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(kit.folder / "ca" / "mitmproxy-ca-cert.pem")},
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert out.stdout == b"503\n", out.stderr


def test_nothing_of_it_is_left_after_a_normal_end(kit, world, start):
    kit.origin(sock=world.listener(443))
    proxy = start()
    assert f"table inet chaoskit_{kit.folder.name}" in world.tables()

    assert proxy.stop() == 0

    assert world.tables() == ""
    assert call(world, NAME, kit.provider_ca)[:2] == (200, 0)


def test_after_a_kill_the_kernel_ends_it_within_the_lease(kit, world, start):
    kit.origin(sock=world.listener(443))
    proxy = start(fault("{error: {status: 503}}"))
    proxy.arm()  # from here on the lease is renewed
    time.sleep(2.5)
    assert call(world, NAME, kit.provider_ca)[1] == 60, "it is still led through the proxy"

    killed = time.monotonic()
    proxy.process.send_signal(signal.SIGKILL)
    proxy.process.wait(5)  # until then its socket still takes connections, only to reset them
    assert call(world, NAME, kit.provider_ca)[1] == 7, "at first nobody answers there"
    while (told := call(world, NAME, kit.provider_ca))[:2] != (200, 0):
        assert time.monotonic() < killed + 6, (told, world.tables())
        time.sleep(0.1)
    assert time.monotonic() - killed < 4
    assert "elements" not in world.tables()


def test_a_worker_that_hears_no_beat_lets_go(kit, world, start):
    kit.origin(sock=world.listener(443))
    proxy = start()
    proxy.arm(beats=False)
    proxy.expect("lease")
    end = time.monotonic() + 5
    while world.tables():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert call(world, NAME, kit.provider_ca)[:2] == (200, 0)


def test_what_goes_on_around_the_proxy_on_an_old_connection_is_counted(kit, world, start):
    async def hold(reader, _):
        await reader.read()

    kit.origin(tls=False, raw=hold, sock=world.listener(443))
    # As in a container: there connections are tracked from the first packet. Elsewhere the kernel takes an
    # old one for new, and leads it to the proxy, which resets it.
    world.run("nft", "add table ip own")
    world.run("nft", "add chain ip own out { type filter hook output priority 0; }")
    world.run("nft", "add rule ip own out ct state new accept")
    with world.open() as sock:
        sock.connect((V4, 443))  # nobody leads it anywhere yet
        proxy = start()
        proxy.arm()  # from here on it counts, with each beat

        time.sleep(3)  # it is counted with the beats, and nothing has gone yet
        assert proxy.latest["around"] == 0
        sock.sendall(b"more of the same")
        end = time.monotonic() + 5
        while not proxy.latest["around"]:
            assert time.monotonic() < end, world.tables()
            time.sleep(0.05)


def test_without_the_right_it_says_so(start):
    rights = "-net_admin,-net_raw"
    proxy = start(before=("setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"))

    assert "CAP_NET_ADMIN" in proxy.expect("failed")


def test_the_mark_is_the_one_that_the_rules_spare(world, start):
    start()
    assert f"meta mark {MARK:#x} return" in world.tables()


def test_a_certificate_is_for_the_name_that_was_asked(kit, world, start):
    kit.origin(sock=world.listener(443))
    start(slos=", {id: n, provider: pay, amplification: '<= 9x'}")
    with world.open() as sock:
        sock.connect((V4, 443))
        context = ssl.create_default_context(cafile=kit.own_ca)
        with context.wrap_socket(sock, server_hostname="api.pay.example") as tls:
            assert ("DNS", "api.pay.example") in tls.getpeercert()["subjectAltName"]
