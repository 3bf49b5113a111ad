"""What the stream of a call and the client connection that it is on need of each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mitmproxy.connection import Client, Server
from mitmproxy.proxy.commands import StartHook
from mitmproxy.proxy.layers.http import GetHttpConnection

from chaoskit.core.decide import Strike
from chaoskit.core.frozen import frozen
from chaoskit.proxy.followed import LiveCall, LiveConnection
from chaoskit.proxy.live import Live, Woke
from chaoskit.proxy.routes import Route


class Line(Protocol):
    """What a stream needs of the client connection that it is on."""

    client: Client
    is_broken: bool  # its end is to come without TLS's word for it
    departed: Strike[Any] | None  # by which the client was told to leave the connection

    def calls_on(self) -> Sequence[LiveCall]:
        """Return the calls that are under way on the connection."""
        ...

    def drop_call(self, stream_id: int, *, reset: bool) -> None:
        """End a stream that is frozen: over HTTP/1 the connection, over HTTP/2 the stream."""
        ...

    def has_left(self) -> bool:
        """Tell whether the client has closed its connection, also where that has yet to be read."""
        ...

    def has_reset(self, stream_id: int) -> bool:
        """Tell whether the client has ended this stream, also where the stream has yet to be told."""
        ...

    def usable(self, ask: "ToDial") -> Server | None:
        """Return a connection to the provider that the call may go on at once, if there is one."""
        ...

    async def reset(self) -> None:
        """Send what is buffered, then an RST."""
        ...

    def enter(self, route: Route) -> "Entry":
        """Return the connection that the route's provider sees; a new one where this is the first call."""
        ...


@frozen
class Entry:
    """A connection to a provider. What it suffers, only once."""

    connection: LiveConnection
    strikes: Sequence[Strike[Any]] = ()


@dataclass
class Pause(StartHook):
    """Wait, in this stream only. ``woke`` says why it ended."""

    name = "chaoskit_pause"
    live: Live
    until: float | None
    held_by: str | None
    woke: Woke = Woke.TIME


@dataclass
class Reset(StartHook):
    """Close the client's connection by RST."""

    name = "chaoskit_reset"
    line: Line


@dataclass
class ToDial(GetHttpConnection):
    """A connection to a provider's address, with the name that TLS asks for there."""

    sni: str = ""

    def __hash__(self) -> int:
        return id(self)
