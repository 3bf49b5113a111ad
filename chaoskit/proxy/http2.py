"""What faults do to a client's HTTP/2 connection, below its calls."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Literal

import h2.events
from h2.errors import ErrorCodes
from hyperframe.frame import GoAwayFrame
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.http._base import HttpEvent, ReceiveHttp
from mitmproxy.proxy.layers.http._events import RequestData

from chaoskit.proxy.http1 import Commands, ServerSide
from chaoskit.proxy.windows import Ledger
from chaoskit.proxy.wire import ServerSide2

REFUSED = int(ErrorCodes.REFUSED_STREAM)
_WINDOW = 65_535


@dataclass
class ResetStream(HttpEvent):
    """To the client: end this stream with an error code."""

    code: int


@dataclass
class SayGoAway(HttpEvent):
    """To the client: GOAWAY, said on behalf of this stream."""

    code: int
    refuses: Literal["later", "this", "all"]


@dataclass
class StartClog(HttpEvent):
    """Give this stream no more window from now."""


@dataclass
class EndClog(HttpEvent):
    """Give this stream the window that was kept from it."""


@dataclass
class WindowIsFull(HttpEvent):
    """To the stream: its client can send no more."""


class Towards(ServerSide2):
    """HTTP/2 towards a client. With ``clogs``, each stream has the ordinary window, which can run out."""

    def __init__(self, context: Any, ledger: Ledger, *, clogs: bool) -> None:
        super().__init__(context, ledger)
        self._withheld: dict[int, int] = {}
        self._is_leaving = False
        self.reset: set[int] = set()  # by the client, in what has just come and is worked on in its order
        self._receive = self.h2_conn.receive_data
        self.h2_conn.receive_data = self._look_ahead
        # a client that is told to go away says so too, and still waits for its answers; to h2 (4.3) and
        # mitmproxy (12.2.3) that is the end of the connection
        self.h2_conn._frame_dispatch_table[GoAwayFrame] = lambda _: ([], [])  # noqa: SLF001
        if clogs:
            self.h2_conn.local_settings.initial_window_size = _WINDOW
            self.h2_conn.local_settings.acknowledge()

    def _handle_event(self, event: events.Event) -> Commands:
        match event:
            case ResetStream(stream_id, code):
                if not self.is_closed(stream_id):
                    self.h2_conn.reset_stream(stream_id, code)
            case SayGoAway():
                yield from self._go_away(event)
            case StartClog(stream_id):
                self._withheld[stream_id] = 0
            case EndClog(stream_id):
                kept = self._withheld.pop(stream_id, 0)
                if kept and not self.is_closed(stream_id):
                    self.h2_conn.acknowledge_received_data(kept, stream_id)
            case _:
                yield from super()._handle_event(event)
        if data := self.h2_conn.data_to_send():
            yield commands.SendData(self.conn, data)
        if self._is_leaving and not self.h2_conn.open_inbound_streams:
            yield from self._close()

    def _look_ahead(self, data: bytes) -> list[h2.events.Event]:
        found = self._receive(data)
        self.reset = {each.stream_id or 0 for each in found if isinstance(each, h2.events.StreamReset)}
        return found

    def _go_away(self, event: SayGoAway) -> Commands:
        newest = self.h2_conn.highest_inbound_stream_id
        match event.refuses:
            case "later":
                last = newest
            case "this":
                # below the newest there may be calls that are to go on
                last = newest - 2 if event.stream_id == newest else newest
            case "all":
                last = 0
        # h2's own close_connection would let nothing more be sent, and the calls under way are to end well
        frame = GoAwayFrame(0, last_stream_id=max(0, last), error_code=event.code)
        # after what is due already: to many clients nothing may follow a GOAWAY, not even an acknowledgement
        yield commands.SendData(self.conn, self.h2_conn.data_to_send() + frame.serialize())
        if event.refuses == "all":
            yield from self.close_connection("told to go away")
        else:
            self._is_leaving = True

    def _close(self) -> Commands:
        self._is_leaving = False
        self.streams.clear()  # all of them have ended
        yield from self.close_connection("went away")

    def handle_h2_event(self, event: h2.events.Event) -> Generator[commands.Command, Any, bool]:
        match event:
            case h2.events.DataReceived(stream_id=stream_id) if stream_id in self._withheld:
                assert stream_id is not None
                self._withheld[stream_id] += event.flow_controlled_length or 0
                if event.data:
                    yield ReceiveHttp(RequestData(stream_id, event.data))
                if event.stream_ended is None and self.h2_conn.remote_flow_control_window(stream_id) <= 0:
                    yield ReceiveHttp(WindowIsFull(stream_id))
                return False
            case h2.events.StreamEnded(stream_id=stream_id) | h2.events.StreamReset(stream_id=stream_id):
                self._withheld.pop(stream_id or 0, None)
        return (yield from super().handle_h2_event(event))


def client_side(context: Any, ledger: Ledger, *, clogs: bool) -> layer.Layer:
    """Return the layer that speaks to the client what TLS agreed on."""
    return Towards(context, ledger, clogs=clogs) if context.client.alpn == b"h2" else ServerSide(context)
