"""The mitm lane: one client connection, handed to mitmproxy's layers on the socket that it came on."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from mitmproxy.connection import Server
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events, mode_specs, server
from mitmproxy.proxy.layer import Layer
from mitmproxy.proxy.layers import tls as tls_layers
from mitmproxy.proxy.server_hooks import ServerConnectHook

from chaoskit.core.actions import Shape
from chaoskit.core.decide import Strike
from chaoskit.proxy import patches
from chaoskit.proxy.callers import has_left
from chaoskit.proxy.calls import CallLayer, DropCall
from chaoskit.proxy.closing import ClientTLS, ProviderTLS
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.followed import LiveCall, LiveConnection
from chaoskit.proxy.hello import Handshake, Silence
from chaoskit.proxy.http2 import Towards
from chaoskit.proxy.lane import hang_up, has_unsent
from chaoskit.proxy.lean_core import LeanHandler
from chaoskit.proxy.line import Entry, Pause, Reset, ToDial
from chaoskit.proxy.routes import Route
from chaoskit.proxy.stream import CallStream
from chaoskit.proxy.tls import Tls
from chaoskit.proxy.windows import innermost

_WAITING = 1024 * 1024
"""Bytes of a body that may wait for a slow line before its sender is slowed down too."""


class Writer(asyncio.StreamWriter):
    """The way to the client, which a fault may stop."""

    is_frozen = False
    silence: Silence | None = None

    def interpose(self, make: Callable[[asyncio.Transport], asyncio.Transport]) -> None:
        """Go through what ``make`` makes of the transport, as StreamWriter.start_tls does."""
        if not self.transport.is_closing():
            assert isinstance(self.transport, asyncio.Transport)
            streams: Any = self  # asyncio keeps it in three places, none of them public
            streams._transport = streams._protocol._transport = streams._reader._transport = make(  # noqa: SLF001
                self.transport
            )

    def write(self, data: Any) -> None:
        if not self.is_frozen:
            super().write(data if self.silence is None else self.silence.take(data))


# mitmproxy's own where the environment asks for it, or its version was never tested with the lean one
Base = server.LiveConnectionHandler if TYPE_CHECKING or not patches.apply() else LeanHandler


class Handler(Base):
    """Runs mitmproxy's layers for one client, without its addons: nearly half its time goes there."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: Writer,
        *,
        options: Options,
        mode: mode_specs.ProxyMode,
        engine: Engine,
        tls: Tls,
        route: Route | None,
        is_tls: bool,
        connection: LiveConnection | None,
        handshake: Handshake | None = None,
    ) -> None:
        super().__init__(reader, writer, options, mode)
        # five connections to one address at a time would queue calls that the provider never queued
        self.max_conns = defaultdict(contextlib.nullcontext)  # type: ignore[assignment]
        self.engine = engine
        self.writer = writer
        self.departed: Strike[Any] | None = None
        self._tls = tls
        self._route = route
        self.is_broken = False
        self._handshake = handshake
        writer.silence = handshake.silence if handshake is not None else None
        self._connections: dict[str, LiveConnection] = {}
        self._room = asyncio.Event()
        if connection is not None:
            connection.carrier = self
            self._connections[connection.provider] = connection
        self.layer = self._layers(is_tls=is_tls)

    def _layers(self, *, is_tls: bool) -> Layer:
        context = self.layer.context
        route = self._route
        if route is None:
            self._calls = CallLayer(context, self.engine, self, None)
            return self._calls
        context.server = Server(address=(route.dial.host, route.dial.port))
        context.server.sni = route.host
        if not is_tls:
            self._calls = CallLayer(context, self.engine, self, route)
            return self._calls
        outer = ProviderTLS(context, self)
        inner = ClientTLS(context, self)
        self._calls = CallLayer(context, self.engine, self, route)
        outer.child_layer = inner
        inner.child_layer = self._calls
        return outer

    async def run(self) -> None:
        """Serve the client until it is gone, and let go of everything that belonged to it."""
        try:
            await self.handle_client()
        finally:
            for stream in list(self._calls.streams.values()):
                assert isinstance(stream, CallStream)
                if stream.live is not None:
                    self.engine.end(stream.live)
            for connection in self._connections.values():
                if connection.filter is None or connection.filter.is_lost:  # else it has yet to pass the rest
                    self.engine.end(connection)
            self._room.set()

    async def handle_hook(self, hook: commands.StartHook) -> None:
        waiting = self.on_hook(hook)
        if waiting is not None:
            await waiting

    def on_hook(self, hook: commands.StartHook) -> Awaitable[None] | None:
        """Do what a layer asks for; return what it must wait for."""
        match hook:
            case Pause():
                return self._pause(hook)
            case Reset():
                return self.reset()
            case tls_layers.TlsClienthelloHook(data):
                assert self._route is not None
                self._tls.client_hello(data, self._route, self._handshake)
            case tls_layers.TlsStartClientHook(data):
                assert self._route is not None
                self._tls.start_client(data, self._route.host, self._handshake)
            case tls_layers.TlsStartServerHook(data):
                self._tls.start_server(data)
            case tls_layers.TlsEstablishedServerHook(data):
                if self._route is not None and self._route.provider is not None:
                    self._tls.learn(data, self._route)
            case tls_layers.TlsFailedClientHook(data):
                if self._route is not None and self._route.provider is not None:
                    self.engine.record.refuse(
                        self._route.provider.name,
                        self.engine.ways.groups(self._route),
                        "a client does not trust chaoskit's CA (see `chaoskit doctor`)"
                        if "does not trust the proxy's certificate for" in str(data.conn.error)
                        else "a client left in its TLS handshake; perhaps it does not trust chaoskit's CA",
                    )
            case ServerConnectHook(data):
                address = data.server.address
                if address is not None and self.engine.is_own(*address[:2]):
                    data.server.error = "that is this proxy itself"
            case _:
                pass
        return None

    async def _pause(self, pause: Pause) -> None:
        pause.woke = await pause.live.pause(pause.until, pause.held_by)

    async def server_event(self, event: events.Event) -> None:
        if self.writer.is_frozen and isinstance(event, events.DataReceived):
            return
        await super().server_event(event)
        self._room.set()  # whatever waited may have been sent

    async def drain_writers(self) -> None:
        """Read no more from a side while another is behind, or while what it sent fills the memory."""
        await super().drain_writers()
        while self._waits() > _WAITING:
            self._room.clear()
            await self._room.wait()

    def _waits(self) -> int:
        """Return how many bytes wait of what came by the connection whose task this is.

        Over HTTP/2 one slow call must not hold up the others, so there each is bounded by its window; but a
        provider's HTTP/1 connection carries one call only.
        """
        if self.client.alpn != b"h2":
            return self._calls.waiting()
        task = asyncio.current_task()
        source = next((each for each, io in self.transports.items() if io.handler is task), self.client)
        return self._calls.waiting_from(source)

    # what faults ask for

    def freeze(self) -> None:
        """Pass nothing on from now, in either direction."""
        self.writer.is_frozen = True

    def interpose(self, make: Callable[[asyncio.Transport], asyncio.Transport]) -> bytes:
        """Pass the client's bytes through what ``make`` makes of its transport."""
        self.writer.interpose(make)
        return b""

    def drop(self, *, reset: bool) -> None:
        """Close the client's connection, and with it everything that it began."""
        hang_up(self.writer.transport, reset=reset)

    def has_left(self, *, is_late: bool = False) -> bool:
        """Tell whether the client has closed its connection."""
        return has_left(self.writer.transport.get_extra_info("socket"))

    def has_reset(self, stream_id: int) -> bool:
        """Tell whether the client has ended a stream, which is known before the stream is told."""
        side = innermost(self._calls.connections.get(self.client), Towards)
        return side is not None and stream_id in side.reset

    def calls_on(self) -> list[LiveCall]:
        """Return the calls that are under way on the client's connection."""
        streams = [each for each in self._calls.streams.values() if isinstance(each, CallStream)]
        return [each.live for each in streams if each.live is not None]

    def drop_call(self, stream_id: int, *, reset: bool) -> None:
        """End a stream that is frozen."""
        if self.client.alpn == b"h2":
            self.engine.spawn(self.server_event(DropCall(stream_id)))
        else:
            self.drop(reset=reset)

    def usable(self, ask: ToDial) -> Server | None:
        """Return a connection to the provider that is open and free."""
        return self._calls.usable(ask)

    async def reset(self) -> None:
        """Close the client's connection by RST, once what was sent before has left."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 1.0
        while has_unsent(self.writer.transport) and loop.time() < deadline:  # noqa: ASYNC110 - no event says it
            await asyncio.sleep(0.005)
        hang_up(self.writer.transport, reset=True)

    def enter(self, route: Route) -> Entry:
        """Decide about the connection on its first call to a provider; afterwards, only name it."""
        assert route.provider is not None
        known = self._connections.get(route.provider.name)
        if known is not None:
            return Entry(known)
        live, strikes = self.engine.admit(route, str(self.client.peername[0]), self)
        self._connections[route.provider.name] = live
        for strike in strikes:
            if isinstance(strike.action, Shape):
                self.engine.shape(live, strike)
        return Entry(live, [each for each in strikes if not isinstance(each.action, Shape)])
