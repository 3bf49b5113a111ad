"""How this proxy connects to others: past its own redirect, and by names that do not lead back to it."""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from chaoskit.proxy.timers import selector

MARK = 0x63686173
"""``chas``: on every packet that the proxy itself sends, so that its own redirect lets them pass."""


FRESH = 1.0
"""Seconds for which the system's answer about a name is used again: to ask takes a thread, each time."""
_MOST = 1024


class Names(Protocol):
    """Finds the addresses of hosts."""

    async def addresses(self, host: str) -> Sequence[str]:
        """Return at least one address; OSError where there is none."""
        ...


class Loop(asyncio.SelectorEventLoop):
    """The one place that both lanes, and mitmproxy's own code, wait and connect through."""

    names: Names | None = None
    marks = False
    refuses: Callable[[str, int], bool] | None = None
    heard: Callable[[str, Sequence[str], str | None], None] | None = None
    """Is told each host that is looked up, its addresses, and its canonical name."""

    def __init__(self) -> None:
        """Wait precisely."""
        super().__init__(selector())
        self._found: dict[tuple[Any, ...], tuple[float, list[Any]]] = {}

    async def getaddrinfo(self, host: Any, port: Any, **more: Any) -> list[Any]:
        """Ask ``names`` instead of the system; what the system knows is used again for a second."""
        if host is None or is_address(host):
            return await super().getaddrinfo(host, port, **more)
        if self.names is not None:
            given = await self.names.addresses(host)
            more["flags"] = more.get("flags", 0) | socket.AI_NUMERICHOST  # so nothing is waited for
            found = [one for each in given for one in socket.getaddrinfo(each, port, **more)]
        else:
            if self.heard is not None:
                more["flags"] = more.get("flags", 0) | socket.AI_CANONNAME
            found = await self._look_up(host, port, more)
        if self.heard is not None:
            named = next((str(each[3]) for each in found if each[3]), None)
            self.heard(str(host), [str(each[4][0]) for each in found], named)
        return found

    async def _look_up(self, host: Any, port: Any, more: dict[str, Any]) -> list[Any]:
        key = (host, port, *sorted(more.items()))
        until, found = self._found.get(key, (0.0, []))
        if self.time() >= until:
            found = await super().getaddrinfo(host, port, **more)  # in a thread
            if len(self._found) >= _MOST:
                self._found.clear()
            self._found[key] = self.time() + FRESH, found
        return list(found)

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect, but not to this proxy; the packets are marked if need be."""
        if self.refuses is not None and isinstance(address, tuple) and self.refuses(*address[:2]):
            raise OSError("that is this proxy itself")
        if self.marks:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
        try:
            await super().sock_connect(sock, address)
        except OSError:
            self._found.clear()  # a name may lead elsewhere by now
            raise


def may_mark() -> bool:
    """Tell whether this process may mark packets, which takes the right that a redirect takes too."""
    with socket.socket() as sock:
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
        except (OSError, AttributeError):  # Linux alone has marks
            return False
    return True


def current() -> Loop:
    """Return the loop that runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Loop)
    return loop


def reaches(host: str, listener: str) -> bool:
    """Tell whether a connection to ``host`` may end at what is bound to the address ``listener``.

    A name other than localhost is not looked up: its address is checked once it is known.
    """
    bound = ipaddress.ip_address(listener)
    if not is_address(host):
        return host.lower() == "localhost" and (bound.is_loopback or bound.is_unspecified)
    wanted = ipaddress.ip_address(host)
    if isinstance(wanted, ipaddress.IPv6Address) and wanted.ipv4_mapped is not None:
        wanted = wanted.ipv4_mapped
    if bound.is_unspecified:
        return wanted.is_unspecified or _is_ours(str(wanted))
    return wanted == bound or (wanted.is_unspecified and bound.is_loopback)


def is_address(host: str) -> bool:
    """Tell whether ``host`` is an address, and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_ours(address: str) -> bool:
    """Tell whether an address is this machine's: only such a one can be bound."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind((address, 0))
        except OSError:
            return False
    return True
