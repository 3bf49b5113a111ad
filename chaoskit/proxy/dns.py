"""Answers DNS questions, over UDP and TCP: as a fault says, so as to capture, or as the upstream does."""

import asyncio
import errno
import logging
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

from chaoskit.core.actions import Hold, QueryAction, Resolve, Wait
from chaoskit.core.decide import Strike
from chaoskit.core.dns import FAMILIES, HINTS
from chaoskit.core.experiment import Address, DnsSettings
from chaoskit.proxy import dns_message
from chaoskit.proxy.dns_message import LARGEST, Asked, Malformed
from chaoskit.proxy.dns_upstream import PATIENCE, Upstream, find
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.followed import LiveQuestion
from chaoskit.proxy.gate import InUseError, check_free
from chaoskit.proxy.live import Woke

MOST_PENDING = 4096
"""Questions at once; one more is not answered, as by any resolver that has too much to do."""
MOST_STREAMS = 256
"""TCP connections at once; one more is closed."""
IDLE = 30.0
"""Seconds that a TCP connection may be silent."""
CAPTURE_TTL = 1
"""Seconds. A client that keeps an answer does not ask, and a fault would have nothing to strike."""
_PORTS_TO_TRY = 20


class Dns:
    """One resolver. Whatever it cannot read, it ignores or answers with FORMERR."""

    def __init__(self, engine: Engine, settings: DnsSettings) -> None:
        self.settings = settings
        self.pending = 0
        self.streams: set[asyncio.Transport] = set()
        self.engine = engine
        self.upstream: Upstream | None = None
        self._packets: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None

    async def listen(self, address: Address, *, is_shared: bool, leads: bool = True) -> Address:
        """Bind ``address`` for UDP and TCP; return it with its port.

        ``is_shared``: other workers bind it too, after the one that ``leads``. Raises InUseError, and
        ValueError where the upstream is this very resolver.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)
        family, _, _, _, where = found[0]
        try:
            if is_shared and leads:
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    check_free(family, kind, where)
            udp, tcp = _bind(family, where, is_shared=is_shared)
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                raise InUseError(f"proxy.dns: {address} is in use by another process") from problem
            raise
        bound = Address(address.host, udp.getsockname()[1])
        self._packets, _ = await loop.create_datagram_endpoint(lambda: _Packets(self), sock=udp)
        self._server = await loop.create_server(lambda: _Stream(self), sock=tcp)
        self.engine.listening.add(bound)
        upstream = find(self.settings.upstream, bound)
        if upstream is None:
            logging.getLogger(__name__).warning("there is no resolver to ask about other hosts")
        else:
            self.upstream = Upstream(upstream)
        return bound

    def close(self) -> None:
        """Close every socket; what is pending ends with its task."""
        if self._packets is not None:
            self._packets.abort()
        if self._server is not None:
            self._server.close()
        for transport in list(self.streams):
            transport.abort()
        if self.upstream is not None:
            self.upstream.close()

    def take(
        self,
        packet: bytes,
        *,
        client: str,
        send: Callable[[bytes], None],
        hang_up: Callable[[], None] | None,
        done: Callable[[], None],
    ) -> "Pending | None":
        """Answer a packet by ``send``, or never; ``done`` follows in any case.

        With ``hang_up`` it came by TCP. Return what is pending, or None where it could not be taken.
        """
        if self.pending >= MOST_PENDING:
            return None
        pending = Pending(self, packet, client=client, send=send, hang_up=hang_up)

        async def work() -> None:
            self.pending += 1
            try:
                await pending.run()
            finally:
                self.pending -= 1
                pending.end()
                done()

        self.engine.spawn(work())
        return pending


class Pending:
    """One packet on its way to an answer."""

    def __init__(
        self,
        dns: Dns,
        packet: bytes,
        *,
        client: str,
        send: Callable[[bytes], None],
        hang_up: Callable[[], None] | None,
    ) -> None:
        self._dns = dns
        self._engine = dns.engine
        self._packet = packet
        self._client = client
        self._send = send
        self._hang_up = hang_up
        self._live: LiveQuestion | None = None
        self.is_over = False
        self._is_gone = False

    def leave(self) -> None:
        """Note that the client has hung up."""
        self._is_gone = True
        if self._live is not None:
            self._live.leave()

    def end(self) -> None:
        """Stop following it, and write its line."""
        self.is_over = True
        if self._live is not None:
            self._engine.end(self._live)

    async def run(self) -> None:
        """Answer it, or let it go without an answer."""
        try:
            asked = dns_message.read(self._packet)
        except Malformed:
            self._send(dns_message.malformed(self._packet))
            return
        provider = None
        if asked is not None:
            provider = self._engine.ways.owner(asked.host)
        if asked is None or provider is None:
            if dns_message.is_query(self._packet):
                await self._forward(asked)
            return
        self._live, strikes = self._engine.ask(
            provider.name, asked.host, asked.kind, self._client, self._hang_up or (lambda: None)
        )
        action = await self._suffer(self._live, strikes)
        if action is None or self._is_gone:
            return
        if isinstance(action, Resolve):
            self._answer(asked, action)
        elif (captured := self._captured(asked)) is not None:
            self._answer(asked, captured)
        else:
            await self._forward(asked)

    async def _suffer(self, live: LiveQuestion, strikes: Sequence[Strike[QueryAction]]) -> Any:
        """Return a Resolve, or True where the answer is the usual one, or None where there is to be none."""
        due = asyncio.get_running_loop().time()
        for strike in strikes:
            if live.is_lifted:
                break
            self._engine.hit(live, strike)
            match strike.action:
                case Wait(seconds):
                    due += seconds
                    if not await self._wait(live, due, seconds):
                        return None
                case Hold():
                    await self._hold(live, strike.injection.id)
                    return None
                case Resolve() as action:
                    return action
        return True

    async def _wait(self, live: LiveQuestion, due: float, seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        live.attempt.asked += seconds
        before = loop.time()
        woke = await live.pause(min(due, before + PATIENCE))
        live.attempt.waited += loop.time() - before
        return woke is Woke.LIFTED or (woke is Woke.TIME and due - before <= PATIENCE)

    async def _hold(self, live: LiveQuestion, injection: str) -> None:
        """Say nothing. By UDP nothing is kept for it; by TCP the connection is, until the injection ends."""
        if self._hang_up is not None and self._engine.switch.is_on(injection):
            await live.pause(None, injection)

    def _captured(self, asked: Asked) -> Resolve | None:
        """Return what leads the client here, if anything is to: our addresses, and no hint around them."""
        if not self._dns.settings.answer or (asked.kind not in (*FAMILIES, *HINTS, "ANY")):
            return None
        return Resolve(addresses=self._dns.settings.answer, ttl=CAPTURE_TTL)

    def _answer(self, asked: Asked, action: Resolve) -> None:
        limit = asked.size if self._hang_up is None else LARGEST
        self._send(dns_message.answer(asked, action, limit))

    async def _forward(self, asked: Asked | None) -> None:
        if self._dns.upstream is None:
            if asked is not None:
                self._answer(asked, Resolve(code="REFUSED"))
            return
        ask = self._dns.upstream.ask if self._hang_up is None else self._dns.upstream.ask_stream
        found = await ask(self._packet)
        if found is not None and self._live is not None:
            self._engine.record.reach(self._live.attempt)
        if found is not None and not self._is_gone:
            self._send(found)
        elif found is None and self._live is not None:
            self._live.attempt.error = f"no answer from {self._dns.upstream.address}"


class _Packets(asyncio.DatagramProtocol):
    """The UDP socket."""

    def __init__(self, dns: Dns) -> None:
        self._dns = dns
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        def send(answer: bytes) -> None:
            if not self._transport.is_closing():
                self._transport.sendto(answer, addr)

        self._dns.take(data, client=str(addr[0]), send=send, hang_up=None, done=lambda: None)

    def error_received(self, exc: Exception) -> None:
        """Ignore that a client closed its socket before its answer came."""


class _Stream(asyncio.Protocol):
    """One TCP connection: messages with their length before them, answered in any order (RFC 7766)."""

    def __init__(self, dns: Dns) -> None:
        self._dns = dns
        self._early = b""
        self._open: set[Pending] = set()
        self._idle: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if len(self._dns.streams) >= MOST_STREAMS:
            transport.abort()
            return
        self._dns.streams.add(transport)
        self._rest()

    def data_received(self, data: bytes) -> None:
        self._early += data
        while len(self._early) >= 2 and not self._transport.is_closing():
            (length,) = struct.unpack_from("!H", self._early)
            if len(self._early) < 2 + length:
                break
            packet, self._early = self._early[2 : 2 + length], self._early[2 + length :]
            self._take(packet)
        self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._dns.streams.discard(self._transport)
        if self._idle is not None:
            self._idle.cancel()
        for each in list(self._open):
            each.leave()

    def _take(self, packet: bytes) -> None:
        client = str((self._transport.get_extra_info("peername") or ("",))[0])
        was_answered = False
        pending: Pending | None = None

        def send(answer: bytes) -> None:
            nonlocal was_answered
            was_answered = True
            if not self._transport.is_closing():
                self._transport.write(struct.pack("!H", len(answer)) + answer)

        def done() -> None:
            if pending is not None:
                self._open.discard(pending)
            if not was_answered:  # by TCP, silence for ever would be another fault than the upstream's
                self._transport.close()

        pending = self._dns.take(packet, client=client, send=send, hang_up=self._transport.close, done=done)
        if pending is None:
            self._transport.close()
        elif not pending.is_over:
            self._open.add(pending)

    def _rest(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE, self._give_up)

    def _give_up(self) -> None:
        if self._open:
            self._rest()
        else:
            self._transport.close()


def _bind(family: int, where: Any, *, is_shared: bool) -> tuple[socket.socket, socket.socket]:
    """Return a UDP and a TCP socket on the same port; where any will do, one that both can have."""
    for tries_left in reversed(range(_PORTS_TO_TRY)):
        udp = _one(family, socket.SOCK_DGRAM, where, is_shared=is_shared)
        same = (where[0], udp.getsockname()[1], *where[2:])
        try:
            return udp, _one(family, socket.SOCK_STREAM, same, is_shared=is_shared)
        except OSError:
            udp.close()
            if where[1] != 0 or not tries_left:
                raise
    raise AssertionError("not reached")


def _one(family: int, kind: int, where: Any, *, is_shared: bool) -> socket.socket:
    protocol = socket.IPPROTO_TCP if kind == socket.SOCK_STREAM else socket.IPPROTO_UDP
    sock = socket.socket(family, kind, protocol)
    try:
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(where)
        sock.setblocking(False)  # noqa: FBT003 - the standard library's own
    except OSError:
        sock.close()
        raise
    return sock
