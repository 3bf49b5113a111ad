"""Looks names up where they still mean the provider: at a name server of its own, or once, beforehand."""

import asyncio
import secrets
import socket
import struct
from collections.abc import Mapping, Sequence

from mitmproxy import dns
from mitmproxy.net.dns import op_codes, types

from chaoskit.core.experiment import Address

_WITHIN = 2.0
_TRIES = 2
_LONGEST = 60.0
_DEEPEST = 8
"""Aliases (CNAME) in one answer that are followed."""


class Pinned:
    """Addresses that were found before anything led the names elsewhere; other names go to the system."""

    def __init__(self, known: Mapping[str, Sequence[str]]) -> None:
        self._known = dict(known)

    async def addresses(self, host: str) -> Sequence[str]:
        found = self._known.get(host.rstrip(".").lower())
        return found if found is not None else await system_addresses(host)


async def system_addresses(host: str) -> list[str]:
    """Return what the system says; OSError where it finds nothing."""
    found = await asyncio.to_thread(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class Resolver:
    """Asks one name server, over UDP, and over TCP where the answer does not fit."""

    def __init__(self, server: Address) -> None:
        self._server = server
        self._known: dict[str, tuple[float, list[str]]] = {}

    async def addresses(self, host: str) -> Sequence[str]:
        """Return IPv4 addresses, then IPv6. Answers are kept for their time, a minute at most."""
        name = host.rstrip(".").lower()
        now = asyncio.get_running_loop().time()
        known = self._known.get(name)
        if known is not None and known[0] > now:
            return known[1]
        answers = await asyncio.gather(self._ask(name, types.A), self._ask(name, types.AAAA))
        found = [each for addresses, _ in answers for each in addresses]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, f"{self._server} knows no address of {name}")
        self._known[name] = (now + min(_LONGEST, *(ttl for _, ttl in answers)), found)
        return found

    async def _ask(self, name: str, kind: int) -> tuple[list[str], float]:
        query = _query(name, kind)
        answer = await self._over_udp(query)
        if answer.truncation:
            answer = await self._over_tcp(query)
        return read(answer, name, kind)

    async def _over_udp(self, query: dns.DNSMessage) -> dns.DNSMessage:
        loop = asyncio.get_running_loop()
        for _ in range(_TRIES):
            heard: asyncio.Future[dns.DNSMessage] = loop.create_future()
            transport, _ = await loop.create_datagram_endpoint(
                lambda heard=heard: _Datagram(query, heard),
                remote_addr=(self._server.host, self._server.port),
            )
            try:
                return await asyncio.wait_for(heard, _WITHIN)
            except TimeoutError:
                continue
            finally:
                transport.close()
        raise socket.gaierror(socket.EAI_AGAIN, f"the name server {self._server} does not answer")

    async def _over_tcp(self, query: dns.DNSMessage) -> dns.DNSMessage:
        try:
            async with asyncio.timeout(_WITHIN):
                reader, writer = await asyncio.open_connection(self._server.host, self._server.port)
                try:
                    writer.write(struct.pack("!H", len(query.packed)) + query.packed)
                    (size,) = struct.unpack("!H", await reader.readexactly(2))
                    return dns.DNSMessage.unpack(await reader.readexactly(size))
                finally:
                    writer.close()
        except (TimeoutError, struct.error, asyncio.IncompleteReadError) as problem:
            text = f"the name server {self._server} does not answer over TCP"
            raise socket.gaierror(socket.EAI_AGAIN, text) from problem


class _Datagram(asyncio.DatagramProtocol):
    """Sends a question, and takes the first answer that is one to it."""

    def __init__(self, query: dns.DNSMessage, heard: "asyncio.Future[dns.DNSMessage]") -> None:
        self._query = query
        self._heard = heard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        transport.sendto(self._query.packed)

    def datagram_received(self, data: bytes, addr: object) -> None:
        try:
            answer = dns.DNSMessage.unpack(data)
        except struct.error:
            return
        if answer.id == self._query.id and not answer.query and not self._heard.done():
            self._heard.set_result(answer)

    def error_received(self, exc: Exception) -> None:
        if not self._heard.done():
            self._heard.set_exception(exc)


def _query(name: str, kind: int) -> dns.DNSMessage:
    return dns.DNSMessage(
        id=secrets.randbits(16),
        query=True,
        op_code=op_codes.QUERY,
        authoritative_answer=False,
        truncation=False,
        recursion_desired=True,
        recursion_available=False,
        reserved=0,
        response_code=0,
        questions=[dns.Question(name, kind, 1)],
        answers=[],
        authorities=[],
        additionals=[],
    )


def read(answer: dns.DNSMessage, name: str, kind: int) -> tuple[list[str], float]:
    """Return the addresses in an answer, along its aliases, and the seconds that they may be kept."""
    wanted, ttl = name, _LONGEST
    for _ in range(_DEEPEST):
        mine = [each for each in answer.answers if each.name.rstrip(".").lower() == wanted]
        found = [each for each in mine if each.type == kind]
        if found:
            of = types.A
            return [str(each.ipv4_address if kind == of else each.ipv6_address) for each in found], min(
                ttl, *(each.ttl for each in found)
            )
        alias = next((each for each in mine if each.type == types.CNAME), None)
        if alias is None:
            break
        wanted, ttl = alias.domain_name.rstrip(".").lower(), min(ttl, alias.ttl)
    return [], _LONGEST
