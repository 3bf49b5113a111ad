"""The listener: reads the first bytes of every connection and sends it into one of the two lanes."""

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from typing import Any, Literal

from mitmproxy.options import Options
from mitmproxy.proxy import mode_specs

from chaoskit.core.actions import Alert, Close, Hold, Wait
from chaoskit.core.decide import Strike
from chaoskit.core.experiment import Address
from chaoskit.proxy.engine import Engine, LiveConnection
from chaoskit.proxy.handler import Handler, Writer
from chaoskit.proxy.hello import Handshake, alert, asks, greet, is_whole
from chaoskit.proxy.lane import Lane, hang_up
from chaoskit.proxy.live import Woke
from chaoskit.proxy.routes import Route, route_to
from chaoskit.proxy.sniff import LARGEST, Connect, Garbage, More, Plain, Tls, sniff
from chaoskit.proxy.tls import Tls as TlsSetup

BACKLOG = 2048
_NOT_A_PROXY_CALL = (
    b"HTTP/1.1 421 Misdirected Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n"
    b"This is a chaoskit proxy. Set HTTP_PROXY and HTTPS_PROXY to its address instead of calling it.\n"
)


class InUseError(Exception):
    """An address to listen on is taken."""


class GateMode(mode_specs.ProxyMode):
    """What mitmproxy is told about where a client came in."""

    def __post_init__(self) -> None:
        pass

    @property
    def transport_protocol(self) -> Literal["tcp"]:
        return "tcp"

    @property
    def description(self) -> str:
        return "chaoskit's gate"


class Gate:
    """Everything that listens, and every client that is connected."""

    def __init__(self, engine: Engine, options: Options, tls: TlsSetup) -> None:
        self.engine = engine
        self.options = options
        self.tls = tls
        self.mode = GateMode.parse("gate@127.0.0.1:0")
        self.clients: set[asyncio.Transport] = set()
        self._servers: list[asyncio.Server] = []

    async def listen(self, address: Address, route: Route | None, *, is_shared: bool) -> Address:
        """Bind ``address``, and nothing else; return it with the port that it got.

        With a ``route`` every connection goes there (a reverse listener). ``is_shared``: other workers
        bind it too. Raises InUseError.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, _, _, _, where = found[0]
        # without its protocol's number, asyncio would leave Nagle's delay on: 40 ms for each answer
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if is_shared:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.bind(where)
            server = await loop.create_server(lambda: Visitor(self, route), sock=sock, backlog=BACKLOG)
        except OSError as problem:
            sock.close()
            if problem.errno == errno.EADDRINUSE:
                raise InUseError(f"{address} is in use by another process") from problem
            raise
        self._servers.append(server)
        port = sock.getsockname()[1]
        self.engine.ports.add(port)
        return Address(address.host, port)

    def close(self) -> None:
        """Close every listener, then drop every client."""
        for server in self._servers:
            server.close()
        for transport in list(self.clients):
            transport.abort()


class Visitor(asyncio.Protocol):
    """A client of which too little is known yet, or that a connection fault has taken."""

    def __init__(self, gate: Gate, route: Route | None) -> None:
        self._gate = gate
        self._engine = gate.engine
        self._route = route
        self._is_reverse = route is not None
        self._early = b""
        self._live: LiveConnection | None = None
        self._handshake: Handshake | None = None
        self._transport: asyncio.Transport
        self._is_gone = False
        self._on_data: Callable[[], None] = self._sniff

    # as asyncio's protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._gate.clients.add(transport)
        if self._route is not None:
            self._on_data = self._wait_for_lane
            self._admit(self._route)

    def data_received(self, data: bytes) -> None:
        self._early += data
        self._on_data()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_gone = True
        self._gate.clients.discard(self._transport)
        if self._live is not None:
            self._engine.end(self._live)

    # where it goes

    def _sniff(self) -> None:
        match sniff(self._early):
            case More():
                return
            case Garbage():
                hang_up(self._transport, reset=False)
            case Connect(host, port, rest):
                self._early = rest
                # always, also where the connection is then refused: a 502 raises another error in clients
                self._transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._go(route_to(self._engine.experiment, host, port, tls=True))
            case Tls(name):
                if name is None:
                    hang_up(self._transport, reset=False)
                else:
                    self._go(route_to(self._engine.experiment, name, 443, tls=True))
            case Plain(host, port):
                self._go_plain(route_to(self._engine.experiment, host, port))

    def _go(self, route: Route) -> None:
        self._route = route
        self._on_data = self._wait_for_lane
        if route.provider is None:
            self._enter_lane()
        else:
            self._admit(route)

    def _go_plain(self, route: Route) -> None:
        self._on_data = self._wait_for_lane
        if self._engine.is_own(route.dial.host, route.dial.port):
            self._transport.write(_NOT_A_PROXY_CALL)
            hang_up(self._transport, reset=False)
        else:
            # each request on it may go elsewhere, so faults on its connection are decided there
            self._to_handler(None, is_tls=False)

    def _admit(self, route: Route) -> None:
        client = str(self._transport.get_extra_info("peername")[0])
        self._live, strikes = self._engine.admit(route, client, self)
        if strikes:
            self._engine.spawn(self._suffer(strikes, self._greet))
        else:
            self._greet()

    def _greet(self) -> None:
        """Let faults act on the ClientHello, once it is there."""
        assert self._live is not None
        if self._is_reverse or not asks(self._engine.experiment, self._live.conn.provider):
            self._enter_lane()
        elif not is_whole(self._early):
            self._on_data = self._greet
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

    def _forget(self) -> None:
        self._early = b""

    def _wait_for_lane(self) -> None:
        if len(self._early) > LARGEST:
            self._transport.pause_reading()

    # into the lanes

    def _enter_lane(self) -> None:
        assert self._route is not None
        route = self._route
        if route.provider is not None and self._engine.experiment.needs_calls(route.provider.name):
            self._pick_layers()
        elif self._is_reverse:
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
            is_tls = self._early[0] == 0x16
            if not is_tls:
                route = self._route
                self._route = Route(
                    host=route.host, port=route.port, provider=route.provider, dial=route.dial
                )
            self._to_handler(self._route, is_tls=is_tls)

    def _to_handler(self, route: Route | None, *, is_tls: bool) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = _Reading(reader, loop, lambda: self._gate.clients.discard(self._transport))
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        handler = Handler(
            reader,
            Writer(self._transport, protocol, reader, loop),
            options=self._gate.options,
            mode=self._gate.mode,
            engine=self._engine,
            tls=self._gate.tls,
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
        lane = Lane(self._left_lane)
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
                self._live.attempt.error = f"cannot reach {route.dial}: {problem}"
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
            self._live.carrier = lane
        lane.start(self._transport, self._early)

    def _left_lane(self) -> None:
        self._gate.clients.discard(self._transport)
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
