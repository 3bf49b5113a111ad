"""The lean handler does what mitmproxy's does, in the same order: each test runs on both."""

import asyncio
import logging
from dataclasses import dataclass

import pytest
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events, server
from mitmproxy.proxy.commands import StartHook
from mitmproxy.proxy.layer import Layer

from chaoskit.proxy.lean_core import LeanHandler
from chaoskit.proxy.reception import GateMode


@dataclass(eq=False)
class Slow(StartHook):
    name = "slow"


@dataclass(eq=False)
class Quick(StartHook):
    name = "quick"


class Hooks:
    """Notes what is asked of it; slow hooks wait to be let go."""

    def on_hook(self, hook):
        if isinstance(hook, Slow):
            return self.wait()
        if isinstance(hook, Quick):
            self.heard.append("quick hook")
        return None

    async def wait(self):
        self.heard.append("slow hook begins")
        self.began.set()
        await self.free.wait()
        self.heard.append("slow hook ends")

    async def handle_hook(self, hook):
        waiting = self.on_hook(hook)
        if waiting is not None:
            await waiting


class Lean(Hooks, LeanHandler):
    pass


class Stock(Hooks, server.LiveConnectionHandler):
    pass


@pytest.fixture(params=[Lean, Stock])
def kind(request):
    return request.param


class Script(Layer):
    """Yields what the test says for each event, and notes the events."""

    def __init__(self, context, heard, steps):
        super().__init__(context)
        self.heard, self.steps = heard, steps

    def _handle_event(self, event):
        self.heard.append(type(event).__name__)
        yield from self.steps(self, event)
        if isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(self.context.client)


def play(kind, steps, during, early=b""):
    """Run a handler whose layer follows ``steps`` over a pair of sockets; return what was heard.

    ``early`` is there before it begins.
    """
    heard = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)
        served, done = loop.create_future(), loop.create_future()

        async def serve(reader, writer):
            options = Options()
            options.add_option("tcp_timeout", int, 600, "")
            handler = kind(reader, writer, options, GateMode.parse("gate@127.0.0.1:0"))
            handler.heard, handler.began, handler.free = heard, asyncio.Event(), asyncio.Event()
            handler.layer = Script(handler.layer.context, heard, steps)
            reader.feed_data(early)
            served.set_result(handler)
            await handler.handle_client()
            done.set_result(handler)

        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
        await asyncio.wait_for(during(reader, writer, await served), 10)
        writer.close()
        handler = await asyncio.wait_for(done, 10)
        assert handler.client not in handler.transports
        listener.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others, "nothing goes on after it"

    asyncio.run(main())
    return heard


def test_a_quick_hook_is_done_before_what_follows_and_answered_after_it(kind):
    def steps(layer, event):
        if isinstance(event, events.DataReceived):
            yield Quick()
            layer.heard.append("after the hook")
            yield commands.SendData(layer.context.client, event.data.upper())

    async def during(reader, writer, _):
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"HELLO"

    heard = play(kind, steps, during)
    assert heard == ["Start", "DataReceived", "quick hook", "after the hook", "ConnectionClosed"]


def test_what_comes_during_a_slow_hook_waits_for_it(kind):
    def steps(layer, event):
        match event:
            case events.DataReceived(data=b"1"):
                yield Slow()
                yield commands.SendData(layer.context.client, b"one ")
            case events.DataReceived(data=data):
                yield commands.SendData(layer.context.client, data)

    async def during(reader, writer, handler):
        writer.write(b"1")
        await handler.began.wait()
        writer.write(b"two")
        await asyncio.sleep(0.05)
        handler.free.set()
        assert await reader.readexactly(7) == b"one two"

    heard = play(kind, steps, during)
    assert heard == [
        "Start",
        "DataReceived",
        "slow hook begins",
        "slow hook ends",
        "DataReceived",
        "ConnectionClosed",
    ]


def test_a_layer_that_breaks_ends_neither_the_handler_nor_the_connection(kind, caplog):
    def steps(layer, event):
        if isinstance(event, events.DataReceived):
            if event.data == b"break":
                raise RuntimeError("broken")
            yield commands.SendData(layer.context.client, event.data)

    async def during(reader, writer, _):
        writer.write(b"break")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"

    with caplog.at_level(logging.ERROR):
        play(kind, steps, during)
    assert [each.message for each in caplog.records] == ["mitmproxy has crashed!"]


def test_what_came_before_may_end_the_connection_at_once(kind, caplog):
    def steps(layer, event):
        if isinstance(event, events.DataReceived):
            yield Quick()
            yield commands.CloseConnection(layer.context.client)

    async def during(reader, writer, _):
        assert await reader.read() == b""

    play(kind, steps, during, early=b"go")
    assert caplog.records == []


def test_a_half_closed_client_is_still_sent_what_comes(kind):
    def steps(layer, event):
        if isinstance(event, events.ConnectionClosed):
            yield commands.SendData(layer.context.client, b"late")

    async def during(reader, writer, _):
        writer.write_eof()
        assert await reader.read() == b"late"

    assert play(kind, steps, during) == ["Start", "ConnectionClosed"]


def test_a_provider_that_cannot_be_reached_is_told_to_the_layer(kind):
    def steps(layer, event):
        if isinstance(event, events.DataReceived):
            layer.context.server.address = ("127.0.0.1", 1)  # nobody listens there
            problem = yield commands.OpenConnection(layer.context.server)
            yield commands.SendData(layer.context.client, b"no: " + (problem or "").encode()[:5])

    async def during(reader, writer, _):
        writer.write(b"go")
        assert (await reader.readexactly(9)).startswith(b"no: ")

    assert play(kind, steps, during)[:2] == ["Start", "DataReceived"]


def test_a_command_for_a_connection_that_is_gone_does_nothing(kind):
    def steps(layer, event):
        if isinstance(event, events.DataReceived):
            yield commands.CloseConnection(layer.context.server)
            yield commands.SendData(layer.context.server, b"nobody is there")
            yield commands.SendData(layer.context.client, b"still here")

    async def during(reader, writer, _):
        writer.write(b"go")
        assert await reader.readexactly(10) == b"still here"

    play(kind, steps, during)


def test_much_data_to_a_client_that_does_not_read_stops_the_reading(kind):
    size = 256 * 1024

    def steps(layer, event):
        if isinstance(event, events.DataReceived):
            yield commands.SendData(layer.context.client, bytes(size))

    async def during(reader, writer, _):
        reader._transport.pause_reading()
        for _ in range(200):
            writer.write(b"x")
            await asyncio.sleep(0.002)
        reader._transport.resume_reading()
        total = 0
        while total < size:
            total += len(await reader.read(1 << 20))

    events_heard = play(kind, steps, during).count("DataReceived")
    assert events_heard < 100, "it went on reading while its answers piled up"
