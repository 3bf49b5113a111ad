"""A client's first bytes: which way it came, and where it wants to go."""

import asyncio
from collections.abc import Callable

from chaoskit.core.experiment import Address
from chaoskit.proxy.dial import is_address
from chaoskit.proxy.followed import LiveConnection
from chaoskit.proxy.hello import Handshake, alert
from chaoskit.proxy.lane import hang_up
from chaoskit.proxy.origin import original_destination
from chaoskit.proxy.reception import Reception
from chaoskit.proxy.routes import Route
from chaoskit.proxy.sniff import LARGEST, Connect, Garbage, More, Plain, Tls, sniff
from chaoskit.proxy.socks import GRANTED, VERSION, Asked, Declined, Greeted, read_greeting, read_request

_NOT_A_PROXY_CALL = (
    b"HTTP/1.1 421 Misdirected Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n"
    b"This is a chaoskit proxy. Set HTTP_PROXY and HTTPS_PROXY to its address instead of calling it.\n"
)
_NOT_A_PROVIDER = (
    b"HTTP/1.1 421 Misdirected Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n"
    b"This is a chaoskit gateway, and the host of this request belongs to no provider of the experiment.\n"
)
_UNRECOGNIZED_NAME = alert(112)
"""RFC 6066, section 3."""
_SILENT = 0.25
"""Seconds after which a client that says nothing counts as one whose provider speaks first."""


_LOOKUP = 2.0
"""Seconds to find a host's address before its first connection goes on without."""


class Arrival(asyncio.Protocol):
    """A client of which too little is known yet."""

    def __init__(self, reception: Reception, route: Route | None, *, is_gateway: bool = False) -> None:
        self._reception = reception
        self._engine = reception.engine
        self._route = route
        self._is_reverse = route is not None
        self._is_gateway = is_gateway
        self._destination = Address("", 0)  # of a client that dialled an address
        self._early = b""
        self._live: LiveConnection | None = None
        self._handshake: Handshake | None = None
        self._socket: asyncio.Transport
        self._transport: asyncio.Transport  # the socket's own, or the filter before it
        self._is_gone = False
        self._on_data: Callable[[], None] = self._sniff

    # as asyncio's protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = self._socket = transport
        self._reception.clients.add(transport)
        if self._route is not None:
            self._on_data = self._wait_for_lane
            self._admit(self._route)
        elif self._engine.experiment.proxy.transparent is not None and not self._is_gateway:
            where = original_destination(transport.get_extra_info("socket"))
            if where is not None:
                self._listen_in(where)

    def data_received(self, data: bytes) -> None:
        self._early += data
        self._on_data()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_gone = True
        self._reception.clients.discard(self._socket)
        if self._live is not None:
            self._engine.end(self._live)

    # where it goes

    def _sniff(self) -> None:
        if self._is_gateway:
            self._sniff_gateway()
            return
        if self._early[0] == VERSION:
            self._on_data = self._greet
            self._greet()
            return
        match sniff(self._early):
            case More():
                return
            case Garbage():
                hang_up(self._transport, reset=False)
            case Connect(host, port, rest):
                self._early = rest
                # always, also where the connection is then refused: a 502 raises another error in clients
                self._transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._find(lambda: self._engine.ways.route_to(host, port, tls=True))
            case Tls(name):
                if name is None:
                    hang_up(self._transport, reset=False)
                else:
                    self._find(lambda: self._engine.ways.route_to(name, 443, tls=True))
            case Plain(host, port):
                self._go_plain(self._engine.ways.route_to(host, port))

    def _sniff_gateway(self) -> None:
        engine = self._engine
        match sniff(self._early):
            case More():
                return
            case Tls(name) if name is not None and engine.ways.owner(name) is not None:
                self._find(lambda: engine.ways.route_to(name, 443, tls=True))
            case Plain(host, port) if engine.ways.owner(host) is not None:
                self._find(lambda: engine.ways.route_to(host, port))
            case Tls():
                self._send_away(_UNRECOGNIZED_NAME)
            case Plain() | Connect():
                self._send_away(_NOT_A_PROVIDER)
            case Garbage():
                hang_up(self._transport, reset=False)

    def _send_away(self, words: bytes) -> None:
        self._on_data = self._forget
        self._transport.write(words)
        hang_up(self._transport, reset=False)

    # through SOCKS, or redirected: the destination may be known by its address only

    def _greet(self) -> None:
        match read_greeting(self._early):
            case Greeted(used, reply):
                self._early = self._early[used:]
                self._transport.write(reply)
                self._on_data = self._take_request
                self._take_request()
            case Declined(reply):
                self._send_away(reply)
            case None:
                pass

    def _take_request(self) -> None:
        match read_request(self._early):
            case Asked(used, where, is_name):
                self._early = self._early[used:]
                # always, as for CONNECT: a refusal in SOCKS's own terms raises another error in clients
                self._transport.write(GRANTED)
                if is_name:
                    self._find(lambda: self._engine.ways.route_to(where.host, where.port, tls=True))
                else:
                    self._listen_in(where)
            case Declined(reply):
                self._send_away(reply)
            case None:
                pass

    def _listen_in(self, where: Address) -> None:
        self._destination = where
        self._on_data = self._sniff_tunnel
        asyncio.get_running_loop().call_later(_SILENT, self._provider_speaks_first)
        if self._early:
            self._sniff_tunnel()

    def _provider_speaks_first(self) -> None:
        if self._on_data == self._sniff_tunnel and not self._early and not self._is_gone:
            self._find(lambda: self._engine.ways.route_to_address(self._destination, None))

    def _sniff_tunnel(self) -> None:
        name, is_tls = None, False
        match sniff(self._early):
            case More():
                return
            case Tls(name):
                is_tls = True
            case Plain(name, _):
                pass
            case Connect() | Garbage():
                pass  # not ours to understand
        self._find(lambda: self._engine.ways.route_to_address(self._destination, name, tls=is_tls))

    def _find(self, find: Callable[[], Route]) -> None:
        """Go where ``find`` says, once it is known where that is; only an edge makes that a question."""
        self._on_data = self._wait_for_lane
        route = find()
        name = route.dial.host
        lookup = None if name != route.host or is_address(name) else self._engine.ways.fronts.look_up(name)
        if lookup is None:
            self._go(route)
        else:
            self._engine.spawn(self._go_later(lookup, find))

    async def _go_later(self, lookup: asyncio.Task[None], find: Callable[[], Route]) -> None:
        await asyncio.wait({lookup}, timeout=_LOOKUP)
        if not self._is_gone:
            self._go(find())

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

    def _forget(self) -> None:
        self._early = b""

    def _wait_for_lane(self) -> None:
        if len(self._early) > LARGEST:
            self._transport.pause_reading()

    # what the class below does

    def _admit(self, route: Route) -> None:
        """Decide about a connection to a provider."""
        raise NotImplementedError

    def _enter_lane(self) -> None:
        """Let the connection go where its route says."""
        raise NotImplementedError

    def _to_handler(self, route: Route | None, *, is_tls: bool) -> None:
        """Hand over to the mitm lane; without a route, each request says where it goes."""
        raise NotImplementedError
