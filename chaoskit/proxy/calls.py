"""The HTTP layer of one client connection: makes streams, and finds each a connection to its provider."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, cast

from mitmproxy.connection import Connection, ConnectionState, Server
from mitmproxy.proxy import commands, events, tunnel
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import Layer
from mitmproxy.proxy.layers.http import (
    DropStream,
    GetHttpConnection,
    HttpLayer,
    HTTPMode,
    RegisterHttpConnection,
    SendHttp,
)
from mitmproxy.proxy.layers.http._base import ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestHeaders,
    RequestProtocolError,
    ResponseProtocolError,
)

from chaoskit.proxy.closing import ProviderTLS
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.http1 import ClientSide, Commands
from chaoskit.proxy.http2 import client_side
from chaoskit.proxy.line import Line, ToDial
from chaoskit.proxy.routes import Route
from chaoskit.proxy.stream import CallStream
from chaoskit.proxy.windows import Ledger, Settle, Windowed, innermost, size_of, waiting_in
from chaoskit.proxy.wire import ToProvider, takes_calls, towards_provider

_SHORT = 4096
"""Bytes that are cheaper to copy than to send by themselves."""


@dataclass
class DropCall(events.Event):
    """End one stream, of which nothing else will: its call was frozen."""

    stream_id: int


class CallLayer(HttpLayer):
    """HTTP on a connection that goes to ``route``, or, without one, where each request says."""

    def __init__(self, context: Context, engine: Engine, line: Line, route: Route | None) -> None:
        super().__init__(context, HTTPMode.regular if route is None else HTTPMode.transparent)
        self.engine = engine
        self.line = line
        self.route = route
        self._ledger = Ledger(self._waiting)

    def handle_event(self, event: events.Event) -> Commands:
        """Pass an event on. Nothing here ever waits: each stream and each new connection waits for itself."""
        if isinstance(event, events.DataReceived) and event.connection in self.connections:
            steps = self.event_to_child(self.connections[event.connection], event)
        else:
            steps = self._handle_event(event)
        return _joined(self._settle_after(steps) if self._ledger.is_used else steps)

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, events.Start):
            clogs = self.route is not None and self.engine.clogs(self.route.provider)
            parser = client_side(self.context.fork(), self._ledger, clogs=clogs)
            self.connections[self.context.client] = parser
            yield from self.event_to_child(parser, event)
        elif isinstance(event, DropCall):
            yield from self._drop(event.stream_id)
        elif isinstance(event, events.CommandCompleted) and event.command not in self.command_sources:
            return  # of a stream that was dropped meanwhile
        elif (
            isinstance(event, events.ConnectionEvent)
            and event.connection not in self.connections
            and event.connection is not self.context.server
        ):
            return  # the last word of a connection that is forgotten already
        elif isinstance(event, events.DataReceived) and event.connection not in self.connections:
            # a provider that speaks first, as HTTP/2 does; mitmproxy would take parsers of its own
            parser = towards_provider(self.context.fork(), self._ledger)
            self.connections[event.connection] = parser
            yield from self.event_to_child(parser, events.Start())
            yield from self.event_to_child(parser, event)
        else:
            yield from super()._handle_event(event)

    def event_to_child(self, child: Layer, event: events.Event) -> Commands:
        """Carry out what a stream or a connection says to an event, as mitmproxy does: by the exact class."""
        command: Any
        for command in child.handle_event(event):
            kind = type(command)
            if kind is SendHttp:
                yield from self.event_to_child(self.connections[command.connection], command.event)
            elif kind is commands.SendData:
                yield command
            elif kind is ReceiveHttp:
                received = command.event
                if type(received) is RequestHeaders:
                    stream = self._add_stream(received.stream_id)
                else:
                    stream = self.streams.get(received.stream_id)
                if stream is not None:  # else it is over already
                    yield from self.event_to_child(stream, received)
            elif kind is DropStream:
                self.streams.pop(command.stream_id, None)
            else:
                if command.blocking or isinstance(command, commands.RequestWakeup):
                    self.command_sources[command] = child
                yield from self._carry_out(command, child)

    def _carry_out(self, command: commands.Command, child: Layer) -> Commands:
        match command:
            case GetHttpConnection():
                yield from self.get_connection(command)
            case RegisterHttpConnection():
                yield from self.register_connection(command)
            case commands.OpenConnection(connection=connection):
                self.connections[connection] = child
                yield command
            case _:
                yield command

    def _add_stream(self, stream_id: int) -> CallStream:
        stream = CallStream(self.context.fork(), stream_id, self.engine, self.line, self.route)
        stream.begin()
        self.streams[stream_id] = stream
        return stream

    def usable(self, ask: ToDial) -> Server | None:
        """Return a connection that is open and fit for a call, if there is one.

        HTTP/1 carries one call at a time, an HTTP/2 client may have several.
        """
        is_several = self.context.client.alpn == b"h2"
        for connection, layer in self.connections.items():
            if (
                type(connection) is Server
                and connection.connected
                and (connection.alpn == b"h2" or not is_several)
                and connection not in self.waiting_for_establishment
                and ask.connection_spec_matches(connection)
                and takes_calls(layer)
            ):
                return connection
        return None

    def get_connection(self, event: GetHttpConnection, *, reuse: bool = True) -> Commands:
        """Wait for a connection that is being opened and is fit, or open one.

        mitmproxy's own remembers a failed connection and answers every later call with its error.
        """
        self._forget_closed()
        if reuse:
            for connection in self.waiting_for_establishment:
                assert isinstance(connection, Server)
                if event.connection_spec_matches(connection) and takes_calls(self.connections[connection]):
                    self.waiting_for_establishment[connection].append(event)
                    return
        own = self.context.server
        context = self.context.fork()
        stack = tunnel.LayerStack()
        if not (own.connected and own not in self.connections and event.connection_spec_matches(own)):
            context.server = Server(address=event.address)
            if event.tls:
                assert isinstance(event, ToDial)
                context.server.sni = event.sni
                stack /= ProviderTLS(context, self.line)
        stack /= ToProvider(context, self._ledger)
        self.connections[context.server] = stack[0]
        self.waiting_for_establishment[context.server].append(event)
        yield from self.event_to_child(stack[0], events.Start())

    def _settle_after(self, steps: Commands) -> Commands:
        """Let senders go on of whose bodies less waits by now."""
        yield from steps
        for each in list(self._ledger.owing):
            if each.conn in self.connections:
                yield from self.event_to_child(self.connections[each.conn], Settle())
            else:
                self._ledger.owing.discard(each)

    def _waiting(self, side: Windowed | ClientSide, stream_id: int) -> int:
        """Return how much of a stream that comes by ``side`` waits: in the call, or at its other side."""
        stream = self.streams.get(stream_id)
        if stream is None:
            return 0
        is_request = side.conn is self.context.client
        other = stream.context.server if is_request else self.context.client
        queue = stream._paused_event_queue  # noqa: SLF001 - the only place that knows
        return size_of(queue, side.ReceiveData) + waiting_in(
            cast("Layer | None", self.connections.get(other)), stream_id
        )

    def waiting(self) -> int:
        """Return how many bytes of bodies wait in all calls."""
        return sum(
            len(getattr(event, "data", b""))
            for stream in self.streams.values()
            for event in stream._paused_event_queue  # noqa: SLF001 - the only place that knows
        )

    def waiting_from(self, source: Connection) -> int:
        """Return how many bytes of an answer that comes by HTTP/1 on ``source`` have yet to go on."""
        side = innermost(self.connections.get(source), ClientSide)
        return 0 if side is None or side.stream_id is None else self._waiting(side, side.stream_id)

    def _forget_closed(self) -> None:
        gone = [
            each
            for each in self.connections
            if isinstance(each, Server)
            and each not in self.waiting_for_establishment
            and (each.error or each.state is ConnectionState.CLOSED)
            and each.timestamp_start is not None
        ]
        for each in gone:
            del self.connections[each]

    def _drop(self, stream_id: int) -> Generator[commands.Command, Any, None]:
        stream = self.streams.pop(stream_id, None)
        if stream is None:
            return
        assert isinstance(stream, CallStream)
        server = stream.context.server
        if stream.is_upstream_open and server in self.connections:
            cancel = RequestProtocolError(stream_id, "dropped", ErrorCode.CANCEL)
            yield from self.event_to_child(self.connections[server], cancel)
        end = ResponseProtocolError(stream_id, "dropped", ErrorCode.KILL)
        yield from self.event_to_child(self.connections[self.context.client], end)
        stream.finish()


def _joined(steps: Commands) -> Commands:
    """Send at once what follows each other on a connection: a head and its body are one TLS record.

    Over HTTP/2 frames stay apart: some clients take a GOAWAY that comes with others for another error.
    """
    held: commands.SendData | None = None
    for command in steps:
        if type(command) is commands.SendData and command.connection.alpn != b"h2":
            if held is None:
                held = command
            elif held.connection is command.connection and len(held.data) < _SHORT:
                held = commands.SendData(held.connection, held.data + command.data)
            else:
                yield held
                held = command
            continue
        if held is not None:
            yield held
            held = None
        yield command
    if held is not None:
        yield held
