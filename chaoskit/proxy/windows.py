"""HTTP/2 holds a sender up: a stream gets new window only once what came of it has gone on.

mitmproxy (12.2.3) gives every stream two gigabytes of window, and each byte back at once. A body for a
receiver with the usual window of 64 kB then waits in memory, all 300 MB of it. It is bounded for each
stream by itself, so that a slow call does not stop the others on its connection.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

import h2.events
from h2.utilities import SizeLimitDict
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.layer import Layer
from mitmproxy.proxy.layers.http._base import HttpEvent, ReceiveHttp
from mitmproxy.proxy.layers.http._events import RequestData, ResponseData
from mitmproxy.proxy.layers.http._http2 import Http2Client, Http2Connection, StreamState

WINDOW = 4 * 1024 * 1024
"""Bytes of a stream that may be on their way: 40 MB/s from a provider that is 100 ms away."""
WAITING = 1024 * 1024
"""Bytes of a body that may wait before its sender gets no new window."""
_ENDED = 1024
"""Streams of which is known how they ended, so that what comes late on them is no mistake; h2 has 65,536."""
_FEW = 128
"""Streams among which nobody looks for those that have ended."""


@dataclass
class Settle(HttpEvent):
    """Give streams the window that was kept from them, where what they sent has gone on."""

    stream_id: int = 0


@dataclass(slots=True)
class Ledger:
    """What all connections of one client owe. ``waiting``: how much of a stream from one has yet to go on."""

    waiting: Callable[["Windowed", int], int]
    owing: set["Windowed"] = field(default_factory=set["Windowed"])
    is_used: bool = False  # there is HTTP/2 on either side


class Windowed(Http2Connection):
    """Either side's connection: owes each stream the window of what waits."""

    _ledger: Ledger | None = None
    _many = _FEW

    def bound(self, ledger: Ledger | None) -> None:
        """Keep to ``WINDOW`` from now; called before the connection begins."""
        self._ledger = ledger
        if ledger is not None:
            ledger.is_used = True
        self._owed: dict[int, int] = {}
        self.h2_conn._closed_streams = SizeLimitDict(size_limit=_ENDED)  # noqa: SLF001
        self.h2_conn.local_settings.initial_window_size = WINDOW
        self.h2_conn.local_settings.acknowledge()  # else the old ones would be sent

    def settle(self) -> Generator[commands.Command, Any, None]:
        """Give back what is owed to streams of which little enough waits."""
        assert self._ledger is not None
        for stream_id in list(self._owed):
            if self._ledger.waiting(self, self.name_of(stream_id)) <= WAITING:
                self._give_back(stream_id)
        if data := self.h2_conn.data_to_send():
            yield commands.SendData(self.conn, data)

    def name_of(self, stream_id: int) -> int:
        """Return what the stream is called outside of this connection."""
        return self.their_stream_id.get(stream_id, 0) if isinstance(self, Http2Client) else stream_id

    def _handle_event(self, event: events.Event) -> Generator[commands.Command, Any, None]:
        # here all that came before has been told, also of streams that it ended
        if isinstance(event, events.DataReceived) and self._noted() > self._many:
            self._forget_ended()
            self._many = max(_FEW, 2 * self._noted())
        return super()._handle_event(event)

    def _noted(self) -> int:
        return len(self.streams)

    def _forget_ended(self) -> None:
        """Keep nothing of streams that are over; mitmproxy keeps a note of each while a connection lasts."""
        for stream_id in [each for each in self.streams if self.is_closed(each)]:
            del self.streams[stream_id]

    def handle_h2_event(self, event: h2.events.Event) -> Generator[commands.Command, Any, bool]:
        stream_id: Any = getattr(event, "stream_id", None)
        if isinstance(event, h2.events.DataReceived):
            if self._ledger is None or self.streams.get(stream_id) is not StreamState.HEADERS_RECEIVED:
                return (yield from super().handle_h2_event(event))
            if event.data or not event.stream_ended:
                yield ReceiveHttp(self.ReceiveData(stream_id, event.data or b""))
            self._owed[stream_id] = self._owed.get(stream_id, 0) + (event.flow_controlled_length or 0)
            if event.stream_ended or self._ledger.waiting(self, self.name_of(stream_id)) <= WAITING:
                self._give_back(stream_id)
            else:
                self._ledger.owing.add(self)
            return False
        if isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
            self._give_back(stream_id)  # to the connection, which all streams share
        return (yield from super().handle_h2_event(event))

    def close_connection(self, msg: str) -> Generator[commands.Command, Any, None]:
        if self._ledger is not None:
            self._owed.clear()
            self._ledger.owing.discard(self)
        yield from super().close_connection(msg)

    def _give_back(self, stream_id: int) -> None:
        assert self._ledger is not None
        if count := self._owed.pop(stream_id, 0):
            self.h2_conn.acknowledge_received_data(count, stream_id)
        if not self._owed:
            self._ledger.owing.discard(self)


def innermost[T](layer: Layer | None, kind: type[T]) -> T | None:
    """Return the layer of this kind in a connection's stack, if there is one."""
    while layer is not None and not isinstance(layer, kind):
        layer = getattr(layer, "child_layer", None)
    return layer


def waiting_in(layer: Layer | None, stream_id: int) -> int:
    """Return how many bytes wait in a connection for window of the stream that calls itself so outside."""
    connection = innermost(layer, Windowed)
    if connection is None:
        return 0
    inside: int | None = stream_id
    queued: Iterable[events.Event] = ()
    if isinstance(connection, Http2Client):
        inside = connection.our_stream_id.get(stream_id)
        queued = connection.stream_queue.get(stream_id, ())  # until the provider takes one more stream
    buffered = connection.h2_conn.stream_buffers.get(inside) if inside is not None else None
    return sum(len(each.data) for each in buffered or ()) + size_of(queued, RequestData)


def size_of(queue: Iterable[events.Event], kind: type[RequestData | ResponseData]) -> int:
    """Return how many bytes of a body are in a queue of events."""
    return sum(len(each.data) for each in queue if isinstance(each, kind))
