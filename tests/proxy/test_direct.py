"""Bytes that only pass: nothing is lost, reordered or held, whatever happens; and nobody is left behind."""

import asyncio
import contextlib
import errno
import os
import socket
import sys

import pytest

from chaoskit.proxy import direct
from chaoskit.proxy.lane import ENOUGH, Lane

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere asyncio passes everything")


def pair():
    """Return the two ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        other, _ = listener.accept()
    for each in (one, other):
        each.setblocking(False)
    return one, other


class Bridge:
    """A client and a provider with a lane between them."""

    def __init__(self, lane, client, provider, subject):
        self.lane, self.client, self.provider, self.subject = lane, client, provider, subject
        self.has_ended = False

    @property
    def is_direct(self):
        return self.lane._is_direct


@contextlib.asynccontextmanager
async def bridged(subject, *, is_direct=True):
    loop = asyncio.get_running_loop()
    (client, ours), (theirs, provider) = pair(), pair()
    lane = Lane(lambda: setattr(bridge, "has_ended", True), subject)
    bridge = Bridge(lane, client, provider, subject)
    await loop.create_connection(lambda: lane.server, sock=theirs)
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    lane.start(transport, b"")
    with client, provider:
        if is_direct:
            await become_direct(loop, bridge)
        yield bridge
    async with asyncio.timeout(10):
        while not bridge.has_ended:  # noqa: ASYNC110 - no event says it
            await asyncio.sleep(0)
    assert not bridge.is_direct


async def become_direct(loop, bridge):
    for number in range(ENOUGH):
        assert not bridge.is_direct
        one, other = (bridge.client, bridge.provider)[:: 1 if number % 2 else -1]
        await loop.sock_sendall(one, b"%02d" % number)
        assert await read(loop, other, 2) == b"%02d" % number
    assert bridge.is_direct


def run(test, **options):
    """Run ``test`` on a bridge in a loop of its own, which must have nothing to complain about."""
    complaints = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        subject = direct.make(loop)
        async with asyncio.timeout(30), bridged(subject, **options) as bridge:
            await test(loop, bridge)
        assert not subject._ends
        subject.close()

    asyncio.run(main())
    assert complaints == []


async def read(loop, sock, count):
    found = bytearray()
    while len(found) < count and (data := await loop.sock_recv(sock, 65536)):
        found += data
    return bytes(found)


def test_pieces_pass_both_ways_and_no_transport_sees_them(monkeypatch):
    async def test(loop, bridge):
        monkeypatch.setattr(bridge.lane.client, "data_received", None)
        monkeypatch.setattr(bridge.lane.server, "data_received", None)
        for number in range(50):
            await loop.sock_sendall(bridge.client, b"up %02d" % number)
            assert await read(loop, bridge.provider, 5) == b"up %02d" % number
            await loop.sock_sendall(bridge.provider, b"down")
            assert await read(loop, bridge.client, 4) == b"down"
        assert bridge.is_direct
        monkeypatch.undo()

    run(test)


@pytest.mark.parametrize("is_direct", [False, True])
def test_a_turn_is_a_clients_bytes_that_are_the_first_or_come_after_the_providers(is_direct):
    turns = []

    async def test(loop, bridge):
        began, pairs = bridge.lane.speaker, 5 if not is_direct else 30
        assert (began is None) is not is_direct
        bridge.lane.on_turn = lambda: turns.append(1)
        for _ in range(pairs):
            for _ in range(2):  # in two pieces
                await loop.sock_sendall(bridge.client, b"up")
                assert await read(loop, bridge.provider, 2) == b"up"
            for _ in range(2):
                await loop.sock_sendall(bridge.provider, b"down")
                assert await read(loop, bridge.client, 4) == b"down"
        # the last piece before was the client's own: see become_direct
        assert len(turns) == pairs - (began is bridge.lane.client)

    run(test, is_direct=is_direct)


def test_a_peer_that_reads_late_gets_all_of_it_in_order():
    sent = os.urandom(32 * 1024 * 1024)

    async def test(loop, bridge):
        sending = loop.create_task(loop.sock_sendall(bridge.client, sent))
        while bridge.is_direct:  # noqa: ASYNC110 - until the provider's socket takes no more
            await asyncio.sleep(0.001)
        assert not sending.done()  # and then the client is held up
        assert await read(loop, bridge.provider, len(sent)) == sent
        await sending
        await loop.sock_sendall(bridge.client, b"x")
        assert await read(loop, bridge.provider, 1) == b"x"

    run(test)


def test_a_half_close_leaves_the_other_way_open():
    async def test(loop, bridge):
        await loop.sock_sendall(bridge.client, b"question")
        bridge.client.shutdown(socket.SHUT_WR)
        assert await read(loop, bridge.provider, 9) == b"question"  # and its end
        await loop.sock_sendall(bridge.provider, b"answer")
        bridge.provider.shutdown(socket.SHUT_WR)
        assert await read(loop, bridge.client, 7) == b"answer"

    run(test)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    sock.close()


@pytest.mark.parametrize("who", ["client", "provider"])
def test_a_reset_arrives_as_one(who):
    async def test(loop, bridge):
        one, other = bridge.client, bridge.provider
        if who == "provider":
            one, other = other, one
        reset(one)
        with pytest.raises(ConnectionResetError):
            await loop.sock_recv(other, 1)

    run(test)


@pytest.mark.parametrize("who", ["client", "server"])
@pytest.mark.parametrize("call", ["read", "write"])
def test_an_error_that_the_system_tells_only_here_arrives_as_a_reset(who, call, monkeypatch):
    async def test(loop, bridge):
        files = {
            name: getattr(bridge.lane, name).transport.get_extra_info("socket").fileno()
            for name in ("client", "server")
        }
        real = getattr(os, call)

        def fails(file, *rest):
            if file == files[who]:
                raise ConnectionResetError(errno.ECONNRESET, "reset")
            return real(file, *rest)

        monkeypatch.setattr(direct.os, call, fails)
        # who is read from, or written to, is the one that fails
        sender = (who == "client") == (call == "read")
        await loop.sock_sendall(bridge.client if sender else bridge.provider, b"x")
        with pytest.raises(ConnectionResetError):
            await loop.sock_recv(bridge.provider if who == "client" else bridge.client, 1)
        monkeypatch.undo()

    run(test)


def test_a_frozen_lane_passes_nothing_and_sees_the_client_leave():
    async def test(loop, bridge):
        await loop.sock_sendall(bridge.client, b"before")
        assert await read(loop, bridge.provider, 6) == b"before"
        bridge.lane.freeze()
        assert not bridge.is_direct
        await loop.sock_sendall(bridge.client, b"after")
        bridge.client.close()
        assert await read(loop, bridge.provider, 5) == b""

    run(test)


def test_a_lane_that_is_dropped_in_the_turn_of_another_is_left_alone():
    async def main():
        loop = asyncio.get_running_loop()
        subject = direct.make(loop)
        async with asyncio.timeout(30), bridged(subject) as one, bridged(subject) as other:
            real = os.read

            def drops(file, size):
                one.lane.drop(reset=True)
                other.lane.drop(reset=True)
                return real(file, size)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(direct.os, "read", drops)
                one.client.send(b"x")
                other.client.send(b"x")
                for each in (one, other):
                    with pytest.raises(ConnectionResetError):
                        await loop.sock_recv(each.client, 1)
        subject.close()

    asyncio.run(main())


def test_what_waits_in_a_transport_goes_before_what_would_pass_directly():
    sent = os.urandom(32 * 1024 * 1024)  # many pieces, and more than a socket takes

    async def test(loop, bridge):
        sending = loop.create_task(loop.sock_sendall(bridge.client, sent))
        assert await read(loop, bridge.provider, len(sent)) == sent
        await sending

    run(test, is_direct=False)


def test_a_connection_that_is_half_closed_stays_with_its_transports():
    async def test(loop, bridge):
        bridge.client.shutdown(socket.SHUT_WR)
        assert await read(loop, bridge.provider, 1) == b""
        for number in range(3 * ENOUGH):
            await loop.sock_sendall(bridge.provider, b"%02d" % number)
            assert await read(loop, bridge.client, 2) == b"%02d" % number
            assert not bridge.is_direct

    run(test, is_direct=False)


def test_what_a_transport_holds_back_is_passed_by_no_way_around_it():
    async def test(loop, bridge):
        bridge.lane.interpose(Holding)
        for _ in range(3 * ENOUGH):
            await loop.sock_sendall(bridge.client, b"x")
            await read(loop, bridge.provider, 1)
            assert not bridge.is_direct

    run(test, is_direct=False)


class Holding(asyncio.Transport):
    """As a transport in which bytes wait."""

    def __init__(self, transport):
        super().__init__()
        self._transport = transport

    def __getattribute__(self, name):
        own = ("_transport", "reset_in_order", "__class__")
        return object.__getattribute__(self, name) if name in own else getattr(self._transport, name)

    def reset_in_order(self):
        self._transport.abort()
