"""The resolver behind ours: questions go to it and answers come back byte for byte."""

import asyncio
import contextlib
import errno
import logging
import socket
import struct
from pathlib import Path

from chaoskit.core.experiment import Address

PATIENCE = 30.0
"""Seconds after which nobody waits for an answer any more (glibc: 5 s, twice, for each of 3 nameservers)."""
MOST_SOCKETS = 64
"""A question needs a socket on which its id is free; a 65th of the same id at once gets no answer."""
_SYSTEM = Path("/etc/resolv.conf")


class Upstream:
    """Asks one resolver. Its silence is passed on as silence."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._sockets: list[_Socket] = []

    async def ask(self, packet: bytes) -> bytes | None:
        """Return the answer to a packet that came by UDP, or None."""
        number = packet[:2]
        free = next((each for each in self._sockets if number not in each.waiting), None)
        if free is None:
            if len(self._sockets) >= MOST_SOCKETS:
                return None
            free = _Socket()
            self._sockets.append(free)
        found = free.wait(number)
        try:
            async with asyncio.timeout(PATIENCE):
                await free.send(packet, self.address)
                return await found
        except (TimeoutError, OSError):
            return None
        finally:
            free.waiting.pop(number, None)

    async def ask_stream(self, packet: bytes) -> bytes | None:
        """Return the answer to a packet that came by TCP, or None."""
        writer = None
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_connection(self.address.host, self.address.port)
                writer.write(struct.pack("!H", len(packet)) + packet)
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                return await reader.readexactly(length)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            return None
        finally:
            if writer is not None:
                writer.transport.abort()

    def close(self) -> None:
        """Close every socket."""
        for each in self._sockets:
            each.close()


class _Socket(asyncio.DatagramProtocol):
    """A UDP socket that is connected to the resolver, so that no other packet is taken for its answer."""

    def __init__(self) -> None:
        self.waiting: dict[bytes, asyncio.Future[bytes]] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._opening: asyncio.Task[None] | None = None
        self._is_closed = False

    def wait(self, number: bytes) -> asyncio.Future[bytes]:
        """Take the id ``number``; return what its answer will be."""
        found = self.waiting[number] = asyncio.get_running_loop().create_future()
        return found

    async def send(self, packet: bytes, address: Address) -> None:
        """Send a packet; the first one opens the socket, for those that come meanwhile too."""
        if self._transport is None:
            if self._opening is None:
                self._opening = asyncio.get_running_loop().create_task(self._open(address))
            try:
                await asyncio.shield(self._opening)
            except OSError:
                self._opening = None
                raise
        if self._transport is not None and not self._is_closed:
            self._transport.sendto(packet)

    async def _open(self, address: Address) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: self, remote_addr=(address.host, address.port)
        )
        self._transport = transport
        if self._is_closed:
            transport.abort()

    def datagram_received(self, data: bytes, addr: object) -> None:
        found = self.waiting.get(data[:2])
        if found is not None and not found.done():
            found.set_result(data)

    def error_received(self, exc: Exception) -> None:
        # a closed port: which question it was about is not said, and no client could be told by UDP
        logging.getLogger(__name__).warning("the upstream resolver cannot be reached: %s", exc)

    def close(self) -> None:
        self._is_closed = True
        if self._transport is not None:
            self._transport.abort()
        for each in self.waiting.values():
            each.cancel()


def find(wanted: Address | None, own: Address, system: Path = _SYSTEM) -> Address | None:
    """Return the resolver to ask: the one that is wanted, else the machine's first that is not ``own``.

    Raises ValueError where the wanted one is ``own``: each question would be asked again for ever.
    """
    if wanted is not None:
        if is_same(wanted, own):
            raise ValueError(f"proxy.dns.upstream: {wanted} is proxy.dns itself")
        return wanted
    with contextlib.suppress(OSError):
        for line in system.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.split()
            if len(words) >= 2 and words[0] == "nameserver":
                found = Address(words[1], 53)
                if not is_same(found, own):
                    return found
    return None


def is_same(one: Address, own: Address) -> bool:
    """Tell whether what is sent to ``one`` arrives at ``own``, on which we listen."""
    if one.port != own.port:
        return False
    if one.host == own.host:
        return True
    bound = _ip(own)
    return bound is None or (bound in ("0.0.0.0", "::") and _is_of_this_machine(one)) or _ip(one) == bound  # noqa: S104 - compared


def _ip(address: Address) -> str | None:
    try:
        return str(socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[0][4][0])
    except OSError:
        return None


def _is_of_this_machine(address: Address) -> bool:
    try:
        found = socket.getaddrinfo(address.host, 0, type=socket.SOCK_DGRAM)[0]
        with socket.socket(found[0], socket.SOCK_DGRAM) as sock:
            sock.bind(found[4])
    except OSError as problem:
        return problem.errno not in (errno.EADDRNOTAVAIL, None)
    return True
