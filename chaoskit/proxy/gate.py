"""What listens, and with which route each listener takes its clients in."""

import asyncio
import errno
import socket
from typing import Any

from chaoskit.core.experiment import Address
from chaoskit.proxy.reception import Reception
from chaoskit.proxy.routes import Route
from chaoskit.proxy.visitor import Visitor

BACKLOG = 2048


class InUseError(Exception):
    """An address to listen on is taken."""


class Gate:
    """Every listener of this worker."""

    def __init__(self, reception: Reception, *, leads: bool = True) -> None:
        """``leads``: of several workers this one is the first that binds an address."""
        self._reception = reception
        self._leads = leads
        self._servers: list[asyncio.Server] = []

    async def listen(
        self, address: Address, route: Route | None, *, is_shared: bool, is_gateway: bool = False
    ) -> Address:
        """Bind ``address``, and nothing else; return it with the port that it got.

        With a ``route`` every connection goes there (a reverse listener); a gateway takes providers' names
        only, as their servers would. ``is_shared``: other workers
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
                if self._leads:
                    check_free(family, socket.SOCK_STREAM, where)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sock.bind(where)
            server = await loop.create_server(
                lambda: Visitor(self._reception, route, is_gateway=is_gateway), sock=sock, backlog=BACKLOG
            )
        except OSError as problem:
            sock.close()
            if problem.errno == errno.EADDRINUSE:
                raise InUseError(f"{address} is in use by another process") from problem
            raise
        self._servers.append(server)
        where = Address(address.host, sock.getsockname()[1])
        self._reception.engine.listening.add(Address(sock.getsockname()[0], where.port))
        return where

    def close(self) -> None:
        """Close every listener, then drop every client."""
        for server in self._servers:
            server.close()
        for transport in list(self._reception.clients):
            transport.abort()


def check_free(family: int, kind: int, where: Any) -> None:
    """Raise OSError where somebody has the address already.

    What several may bind, another run of the same user may bind too, and each would get a part of the calls.
    """
    with socket.socket(family, kind) as sock:
        if kind == socket.SOCK_STREAM:  # what an earlier process left behind does not listen
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
