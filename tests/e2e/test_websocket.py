"""WebSockets through CONNECT, by the ``websockets`` client, with and without a fault."""

import asyncio
import contextlib
import ssl
import time

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

pytestmark = [pytest.mark.socket, pytest.mark.broad]


class Peer:
    """A WebSocket provider: answers each message with ``re: `` and itself."""

    def __init__(self, certificate) -> None:
        self.heard = []
        self.code = None
        self.ended = asyncio.Event()
        self.got = asyncio.Event()
        self.compressed = None
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)

    async def _talk(self, socket) -> None:
        self.compressed = bool(socket.protocol.extensions)
        with contextlib.suppress(ConnectionClosed):
            async for message in socket:
                self.heard.append(message)
                self.got.set()
                await socket.send("re: " + message if isinstance(message, str) else message)
        self.code = socket.close_code
        self.ended.set()

    @contextlib.asynccontextmanager
    async def listening(self):
        server = serve(self._talk, "127.0.0.1", 0, ssl=self._context, ping_interval=None, close_timeout=0.5)
        async with server as running:
            yield running.sockets[0].getsockname()[1]


def through(kit, fault, act, during="fault", **more):
    """Run ``act(socket, peer, proxy)`` on a WebSocket through a worker; return what it returns, and both."""

    async def run():
        peer = Peer(kit.certificate)
        async with peer.listening() as port:
            inject = (
                "[]" if fault is None else f"[{{id: i, provider: pay, fault: {fault}, during: {during}}}]"
            )
            proxy = kit.start(
                kit.config(port, inject, slos=", {id: a, provider: pay, amplification: '<= 3x'}")
            )
            await asyncio.to_thread(proxy.ready)
            await asyncio.to_thread(proxy.arm)
            async with connect(
                f"wss://{kit.host}/live",
                proxy=f"http://{proxy.address}",
                ssl=kit.trust(proxy),
                ping_interval=None,
                close_timeout=0.5,
                **more,
            ) as socket:
                done = await asyncio.wait_for(act(socket, peer, proxy), 20)
            return done, peer, proxy

    return asyncio.run(run())


def hits(proxy):
    return [each for line in proxy.lines() for each in line["hits"]]


async def emptied(proxy):
    """Wait until the worker carries nothing any more."""
    end = time.monotonic() + 8
    while True:
        told = await asyncio.to_thread(proxy.inspect)
        if not (told["clients"] or told["calls"] or told["connections"]):
            return
        assert time.monotonic() < end, told
        await asyncio.sleep(0.05)


async def silence(socket, seconds=0.4) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(socket.recv(), seconds)


@pytest.mark.parametrize("fault", [None, "{websocket_drop: {share: 0.0001%}}"])
def test_a_websocket_without_a_hit_passes_unchanged(kit, fault):
    async def act(socket, peer, proxy):
        told = []
        for message in ("a", b"\x00" * 70_000, "c" * 200):
            await socket.send(message)
            told.append(await socket.recv())
        await socket.send(["frag", "ment", "ed"])
        told.append(await socket.recv())
        await asyncio.wait_for(await socket.ping(), 5)
        return told

    told, peer, proxy = through(kit, fault, act)
    assert told == ["re: a", b"\x00" * 70_000, "re: " + "c" * 200, "re: fragmented"]
    assert peer.code == 1000
    assert peer.compressed == (fault is None)  # as the client asked; a fault needs messages that stand alone
    assert hits(proxy) == []


def test_a_websocket_is_closed_with_a_code_on_both_sides(kit):
    async def act(socket, peer, proxy):
        await socket.send("one")
        assert await socket.recv() == "re: one"
        await socket.send("two")
        with pytest.raises(ConnectionClosedError) as closed:
            await socket.recv()
        await asyncio.wait_for(peer.ended.wait(), 5)
        return closed.value.rcvd.code, closed.value.rcvd.reason

    told, peer, proxy = through(
        kit, "{websocket_close: {code: 1012, reason: restart, after: 1, direction: up}}", act
    )
    assert told == (1012, "restart")
    assert (peer.heard, peer.code) == (["one"], 1012)
    assert hits(proxy) == [["i", "closeframe"]]


@pytest.mark.parametrize(("direction", "heard"), [("up", []), ("down", ["x", "y"])])
def test_messages_vanish_and_pings_do_not(kit, direction, heard):
    async def act(socket, peer, proxy):
        await socket.send("x")
        await socket.send("y")
        await asyncio.wait_for(await socket.ping(), 5)
        await silence(socket)

    _, peer, proxy = through(kit, f"{{websocket_drop: {{direction: {direction}}}}}", act)
    assert (peer.heard, peer.code) == (heard, 1000)
    assert hits(proxy) == [["i", "repeat"]]


def test_messages_come_again_in_their_place(kit):
    async def act(socket, peer, proxy):
        await socket.send("x" * 500)
        await socket.send("y")
        return [await socket.recv() for _ in range(4)]

    told, peer, _ = through(kit, "{websocket_duplicate: {direction: down}}", act)
    assert told == ["re: " + "x" * 500] * 2 + ["re: y"] * 2
    assert peer.heard == ["x" * 500, "y"]


def test_messages_are_late_each_by_its_own_time_and_in_order(kit):
    async def act(socket, peer, proxy):
        began = time.monotonic()
        for i in range(10):
            await socket.send(str(i))
        told = [await socket.recv() for _ in range(10)]
        return told, time.monotonic() - began

    (told, took), _, proxy = through(kit, "{websocket_delay: {time: 500ms, direction: down}}", act)
    assert told == [f"re: {i}" for i in range(10)]
    assert 0.5 <= took < 4  # not 10 times 0.5 s
    assert hits(proxy) == [["i", "wait"]]


def test_one_direction_does_not_wait_for_the_other(kit):
    async def act(socket, peer, proxy):
        await socket.send("x")
        await asyncio.to_thread(proxy.settled, lambda told: told["hits"] == {"i": 1})  # its answer waits
        peer.got.clear()
        await socket.send("y")
        await asyncio.wait_for(peer.got.wait(), 5)

    _, peer, _ = through(kit, "{websocket_delay: {time: 300s, direction: down}}", act)
    assert peer.heard == ["x", "y"]


@pytest.mark.parametrize(("direction", "heard"), [("up", []), ("down", ["x"]), ("both", [])])
def test_a_half_open_websocket_is_silent_and_open(kit, direction, heard):
    async def act(socket, peer, proxy):
        await socket.send("x")
        pong = await socket.ping()
        await silence(socket)
        assert not pong.done()
        assert socket.close_code is None

    _, peer, proxy = through(kit, f"{{websocket_half_open: {{direction: {direction}}}}}", act)
    assert peer.heard == heard
    assert hits(proxy) == [["i", "hold"]]


@pytest.mark.parametrize("end", ["lift", "injection"])
def test_a_half_open_websocket_is_closed_when_its_injection_ends_or_faults_are_lifted(kit, end):
    async def act(socket, peer, proxy):
        await socket.send("x")
        if end == "lift":
            await asyncio.to_thread(proxy.settled, lambda told: told["hits"] == {"i": 1})
            proxy.tell({"lift": True})
        with pytest.raises(ConnectionClosedError) as closed:
            await socket.recv()
        assert closed.value.rcvd is None

    during = "fault" if end == "lift" else "{from: fault, for: 2s}"
    through(kit, "{websocket_half_open: {}}", act, during)


def test_a_lift_lets_late_messages_arrive_at_once_and_untouched(kit):
    async def act(socket, peer, proxy):
        await socket.send("x")
        await asyncio.to_thread(proxy.settled, lambda told: told["hits"] == {"i": 1})
        proxy.tell({"lift": True})
        assert await socket.recv() == "re: x"
        await socket.send("y")
        assert await socket.recv() == "re: y"

    through(kit, "{websocket_delay: {time: 500s, direction: down}}", act)


def test_websockets_that_end_while_they_are_struck_leave_nothing_behind(kit):
    async def act(socket, peer, proxy):
        await socket.send("x")
        await asyncio.to_thread(proxy.settled, lambda told: told["hits"] == {"i": 1})
        socket.transport.abort()
        await emptied(proxy)

    through(kit, "{websocket_delay: {time: 500s}}", act)


@pytest.mark.parametrize(("fault", "ends"), [("{blackhole: {}}", False), ("{disconnect: {}}", True)])
def test_a_quiet_websocket_that_is_seized_leaves_nothing_behind(kit, fault, ends):
    async def act(socket, peer, proxy):
        await socket.send("x")
        assert await socket.recv() == "re: x"
        proxy.tell({"arm": time.monotonic() - 1})
        await asyncio.to_thread(proxy.settled, lambda told: told["hits"] == {"i": 1})
        if ends:
            await asyncio.wait_for(socket.wait_closed(), 5)
        else:
            socket.transport.abort()
        await emptied(proxy)
        await asyncio.wait_for(peer.ended.wait(), 5)

    through(kit, fault, act, "{from: fault + 1s, for: 500s}")


def test_a_blackhole_seizes_a_websocket_whose_messages_wait(kit):
    async def act(socket, peer, proxy):
        proxy.tell({"arm": time.monotonic() - 1})
        await socket.send("x")
        await silence(socket, 1.5)
        assert socket.close_code is None

    through(kit, "{blackhole: {}}", act, "{from: fault + 1s, for: 500s}")
