"""A connection until it is in a lane: connection faults may keep it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from chaoskit.core.actions import Alert, Close, Hold, Shape, Wait
from chaoskit.core.decide import Strike
from chaoskit.proxy.arrival import Arrival
from chaoskit.proxy.callers import has_left
from chaoskit.proxy.followed import LiveConnection
from chaoskit.proxy.handler import Handler, Writer
from chaoskit.proxy.hello import Handshake, alert, asks, greet, is_whole
from chaoskit.proxy.lane import Lane, hang_up
from chaoskit.proxy.live import Woke
from chaoskit.proxy.routes import Route
from chaoskit.proxy.sniff import Plain, sniff
from chaoskit.proxy.trouble import plainly


class Visitor(Arrival):
    """A client of which too little is known yet, or that a connection fault has taken."""

    def _admit(self, route: Route) -> None:
        client = str(self._transport.get_extra_info("peername")[0])
        self._live, strikes = self._engine.admit(route, client, self)
        if strikes:
            self._engine.spawn(self._suffer(strikes, self._hear_hello))
        else:
            self._hear_hello()

    def _hear_hello(self) -> None:
        """Let faults act on the ClientHello, once it is there."""
        assert self._live is not None
        if self._is_reverse or not asks(self._engine.experiment, self._live.conn):
            self._enter_lane()
        elif not is_whole(self._early):
            self._on_data = self._hear_hello
        else:
            self._on_data = self._wait_for_lane
            strikes = greet(self._engine, self._live, self._early)
            if strikes:
                self._handshake = Handshake(self._engine, self._live)
                self._engine.spawn(self._suffer(strikes, self._enter_lane))
            else:
                self._enter_lane()

    async def _suffer(self, strikes: Sequence[Strike[Any]], then: Callable[[], None]) -> None:
        assert self._live is not None
        live = self._live
        due = asyncio.get_running_loop().time()
        for strike in strikes:
            if live.is_lifted:
                break
            if isinstance(strike.action, Shape):
                self._engine.shape(live, strike)
                continue
            if self._handshake is not None and self._handshake.keep(strike):
                continue  # its lane carries it out
            self._engine.hit(live, strike)
            match strike.action:
                case Wait(seconds):
                    live.attempt.asked += seconds
                    before, due = due, due + seconds
                    woke = await live.pause(due)
                    live.attempt.waited += asyncio.get_running_loop().time() - before
                    if woke is Woke.SEIZED:
                        self._seized(live)
                    if woke not in (Woke.TIME, Woke.LIFTED):
                        return
                case Hold() if not self._engine.switch.is_on(strike.injection.id):
                    self.drop(reset=False)  # it ended during the wait: nobody would let go of this one
                    return
                case Hold():
                    live.freeze()
                    live.held_by = strike.injection.id
                    return
                case Alert(code):
                    self._transport.write(alert(code))
                    self.drop(reset=False)
                    return
                case action:
                    self.drop(reset=not isinstance(action, Close) or action.reset)
                    return
        if not self._is_gone:
            then()

    def _seized(self, live: LiveConnection) -> None:
        assert live.seizure is not None
        injection, action = live.seizure
        if isinstance(action, Hold):
            live.freeze()
            live.held_by = injection.id
        else:
            self.drop(reset=action.reset)

    # as the carrier of its connection, until a lane takes it

    def freeze(self) -> None:
        """Take bytes and forget them, so as to see the client leave."""
        self._early = b""
        self._on_data = self._forget
        self._transport.resume_reading()

    def drop(self, *, reset: bool) -> None:
        """Close towards the client."""
        hang_up(self._transport, reset=reset)

    def has_left(self, *, is_late: bool) -> bool:
        """Tell whether the client has closed its connection."""
        return has_left(self._socket.get_extra_info("socket"))

    def interpose(self, make: Callable[[asyncio.Transport], asyncio.Transport]) -> bytes:
        """Read and write through what ``make`` makes of the transport; what came so far passes it too."""
        early, self._early = self._early, b""
        if not self._is_gone and not self._transport.is_closing():
            self._transport = make(self._transport)
        return early

    # into the lanes

    def _enter_lane(self) -> None:
        assert self._route is not None
        route = self._route
        if self._engine.ways.wants_calls(route):
            self._pick_layers()
        elif self._is_reverse and not route.is_plain_tcp:
            self._to_handler(route, is_tls=False)
        else:
            self._transport.pause_reading()
            self._engine.spawn(self._splice(route))

    def _pick_layers(self) -> None:
        """Hand over to the mitm lane once it is known whether TLS is spoken in the tunnel."""
        if self._is_reverse:
            self._to_handler(self._route, is_tls=False)
        elif not self._early:
            self._on_data = self._pick_layers
        else:
            assert self._route is not None
            route, is_tls = self._route, self._early[0] == 0x16
            if not is_tls:
                if not self._engine.ways.needs_calls(route) and not isinstance(sniff(self._early), Plain):
                    self._transport.pause_reading()
                    self._engine.spawn(self._splice(route))
                    return
                self._route = Route(
                    host=route.host, port=route.port, provider=route.provider, dial=route.dial
                )
            self._to_handler(self._route, is_tls=is_tls)

    def _to_handler(self, route: Route | None, *, is_tls: bool) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = _Reading(reader, loop, lambda: self._reception.clients.discard(self._socket))
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        handler = Handler(
            reader,
            Writer(self._transport, protocol, reader, loop),
            options=self._reception.options,
            mode=self._reception.mode,
            engine=self._engine,
            tls=self._reception.tls,
            route=route,
            is_tls=is_tls,
            connection=self._live,
            handshake=self._handshake,
        )
        if self._early:
            reader.feed_data(self._early)
        self._transport.resume_reading()
        self._engine.spawn(handler.run())

    async def _splice(self, route: Route) -> None:
        lane = Lane(self._left_lane, self._reception.direct)
        if self._handshake is not None and self._handshake.silence is not None:
            lane.take_down = self._handshake.silence.take
        if self._live is not None:
            self._engine.count(self._live)
            lane.is_frozen = self._live.is_frozen
        try:
            if self._engine.is_own(route.dial.host, route.dial.port):
                raise OSError(f"{route.dial} is this proxy itself")  # noqa: TRY301 - one way out for both
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: lane.server, route.dial.host, route.dial.port)
        except OSError as problem:
            if self._live is not None:
                self._live.attempt.error = f"cannot reach {route.dial}: {plainly(problem)}"
            hang_up(self._transport, reset=True)  # the provider cannot be reached, and the client is told so
            return
        assert lane.server.transport is not None
        if self._engine.is_own(*lane.server.transport.get_extra_info("peername")[:2]):
            lane.server.transport.abort()  # a name that leads back to us
            hang_up(self._transport, reset=True)
            return
        if self._is_gone or self._transport.is_closing() or (self._live is not None and self._live.is_frozen):
            lane.server.transport.abort()
            return
        if self._live is not None:
            self._engine.record.reach(self._live.attempt)
            self._live.carrier = lane
            lane.on_turn = self._engine.record.follow(self._live.attempt)
        lane.start(self._transport, self._early)

    def _left_lane(self) -> None:
        self._reception.clients.discard(self._socket)
        if self._live is not None:
            self._engine.end(self._live)


class _Reading(asyncio.StreamReaderProtocol):
    """Feeds the handler's reader, and says when the client is gone."""

    def __init__(
        self, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop, on_end: Callable[[], None]
    ) -> None:
        super().__init__(reader, loop=loop)
        self._on_end = on_end

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._on_end()
