"""Names are asked for at the name server that the file names, not where they are overridden."""

import asyncio
import contextlib
import ipaddress
import socket
import struct

import pytest
from mitmproxy import dns
from mitmproxy.net.dns import types

from chaoskit.core.experiment import Address
from chaoskit.proxy.dial import FRESH, Loop, reaches
from chaoskit.proxy.names import Pinned, Resolver

pytestmark = pytest.mark.socket
V4, V6 = ipaddress.IPv4Address("192.0.2.1"), ipaddress.IPv6Address("2001:db8::1")
RECORDS = {
    ("a.example", types.A): [dns.ResourceRecord.A("a.example", V4, ttl=9)],
    ("a.example", types.AAAA): [dns.ResourceRecord.AAAA("a.example", V6, ttl=9)],
    ("alias.example", types.A): [
        dns.ResourceRecord.CNAME("alias.example", "A.example", ttl=9),
        dns.ResourceRecord.A("a.example", V4, ttl=9),
    ],
}


class Server(asyncio.DatagramProtocol):
    """A name server; ``cut``: says over UDP only that the answer is too long."""

    def __init__(self, *, cut: bool = False) -> None:
        self.asked: list[str] = []
        self._cut = cut

    def connection_made(self, transport):
        self._transport = transport

    def datagram_received(self, data, addr):
        self._transport.sendto(b"noise", addr)
        self._transport.sendto(self._answer(data, cut=self._cut), addr)

    async def over_tcp(self, reader, writer):
        (size,) = struct.unpack("!H", await reader.readexactly(2))
        answer = self._answer(await reader.readexactly(size), cut=False)
        writer.write(struct.pack("!H", len(answer)) + answer)
        writer.close()

    def _answer(self, data, *, cut):
        query = dns.DNSMessage.unpack(data)
        question = query.questions[0]
        self.asked.append(question.name)
        answer = query.succeed([] if cut else RECORDS.get((question.name, question.type), []))
        answer.truncation = cut
        return answer.packed


@contextlib.asynccontextmanager
async def serving(**more):
    server = Server(**more)
    tcp = await asyncio.start_server(server.over_tcp, "127.0.0.1", 0)
    port = tcp.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: server, ("127.0.0.1", port))
    try:
        yield server, Resolver(Address("127.0.0.1", port))
    finally:
        transport.close()
        tcp.close()


def run(work):
    return asyncio.run(work(), loop_factory=Loop)


@pytest.mark.parametrize("cut", [False, True])
def test_both_kinds_of_address_over_udp_or_tcp_and_kept_for_their_time(cut):
    async def work():
        async with serving(cut=cut) as (server, resolver):
            assert await resolver.addresses("A.example.") == ["192.0.2.1", "2001:db8::1"]
            count = len(server.asked)
            assert await resolver.addresses("a.example") == ["192.0.2.1", "2001:db8::1"]
            assert len(server.asked) == count

    run(work)


def test_an_alias_is_followed_and_a_name_without_an_address_is_an_error():
    async def work():
        async with serving() as (_, resolver):
            assert await resolver.addresses("alias.example") == ["192.0.2.1"]
            with pytest.raises(socket.gaierror, match="knows no address of none"):
                await resolver.addresses("none.example")

    run(work)


def test_a_name_server_that_is_not_there_is_an_error():
    async def work():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            await Resolver(Address("127.0.0.1", port)).addresses("a.example")

    run(work)


def test_the_loop_connects_where_the_names_say_and_never_to_what_it_refuses():
    async def work():
        loop = asyncio.get_running_loop()
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        loop.names = Pinned({"nowhere.example": ["127.0.0.1"]})
        _, writer = await asyncio.open_connection("nowhere.example", port)
        writer.close()
        loop.refuses = lambda host, at: (host, at) == ("127.0.0.1", port)
        with pytest.raises(OSError, match="this proxy itself"):
            await asyncio.open_connection("nowhere.example", port)
        server.close()

    run(work)


class Later(Loop):
    """A loop whose clock can be put forward."""

    ahead = 0.0

    def time(self):
        return super().time() + self.ahead


def test_the_system_is_asked_about_a_name_once_a_second_and_about_what_failed_each_time(monkeypatch):
    asked, heard = [], []
    real = socket.getaddrinfo

    def counted(host, *args, **more):
        asked.append(host)
        if host == "none.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return real("127.0.0.1", *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", counted)

    async def work():
        loop = asyncio.get_running_loop()
        loop.heard = lambda host, addresses, _: heard.append((host, addresses))
        for port in (80, 80, 443):  # what else is asked for makes it another question
            found = await loop.getaddrinfo("a.test", port, type=socket.SOCK_STREAM)
            assert [each[4] for each in found] == [("127.0.0.1", port)]
            found.clear()  # the caller's own
        assert asked == ["a.test", "a.test"]
        loop.ahead = FRESH
        await loop.getaddrinfo("a.test", 80, type=socket.SOCK_STREAM)
        assert asked == ["a.test"] * 3
        for _ in range(2):
            with pytest.raises(socket.gaierror):
                await loop.getaddrinfo("none.invalid", 80)
        assert asked[3:] == ["none.invalid"] * 2
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            with pytest.raises(ConnectionRefusedError):
                await loop.create_connection(asyncio.Protocol, *closed.getsockname())
        await loop.getaddrinfo("a.test", 80, type=socket.SOCK_STREAM)
        assert asked[5:] == ["a.test"]  # nobody was there: it may be elsewhere by now

    asyncio.run(work(), loop_factory=Later)
    assert heard == [("a.test", ["127.0.0.1"])] * 5  # each time: it is a clue about who serves the host


@pytest.mark.parametrize(
    ("host", "listener", "expected"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.2", "127.0.0.1", False),
        ("localhost", "127.0.0.1", True),
        ("0.0.0.0", "127.0.0.1", True),
        ("127.0.0.9", "0.0.0.0", True),
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("192.0.2.1", "0.0.0.0", False),
        ("::1", "::", True),
        ("api.example", "0.0.0.0", False),
    ],
)
def test_an_address_that_is_this_proxys_own_is_known(host, listener, expected):
    assert reaches(host, listener) is expected
