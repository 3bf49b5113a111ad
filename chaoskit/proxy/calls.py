"""The HTTP layer of one client connection: makes streams, and finds each a connection to its provider."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, cast

from mitmproxy.connection import ConnectionState, Server
from mitmproxy.proxy import commands, events, tunnel
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layer import Layer
from mitmproxy.proxy.layers.http import GetHttpConnection, GetHttpConnectionCompleted, HttpLayer, HTTPMode
from mitmproxy.proxy.layers.http._events import ErrorCode, RequestProtocolError, ResponseProtocolError

from chaoskit.proxy.closing import ProviderTLS
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.http2 import client_side
from chaoskit.proxy.line import Line, ToDial
from chaoskit.proxy.routes import Route
from chaoskit.proxy.stream import CallStream
from chaoskit.proxy.wire import Commands, ToProvider, takes_calls, towards_provider


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

    def _handle_event(self, event: events.Event) -> Commands:
        if isinstance(event, events.Start):
            clogs = self.route is not None and self.engine.clogs(self.route.provider)
            self.connections[self.context.client] = client_side(self.context.fork(), clogs=clogs)
            yield from self.event_to_child(self.connections[self.context.client], event)
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
            parser = towards_provider(self.context.fork())
            self.connections[event.connection] = parser
            yield from self.event_to_child(parser, events.Start())
            yield from self.event_to_child(parser, event)
        else:
            yield from super()._handle_event(event)

    def make_stream(self, stream_id: int) -> Commands:
        stream = CallStream(self.context.fork(), stream_id, self.engine, self.line, self.route)
        self.streams[stream_id] = stream
        yield from self.event_to_child(stream, events.Start())

    def get_connection(self, event: GetHttpConnection, *, reuse: bool = True) -> Commands:
        """Use a connection that is open and fit, or open one.

        mitmproxy's own remembers a failed connection and answers every later call with its error.
        """
        self._forget_closed()
        if reuse:
            for connection in list(self.connections):
                if not isinstance(connection, Server) or not event.connection_spec_matches(connection):
                    continue
                if not takes_calls(cast("Layer", self.connections[connection])):
                    continue
                if connection in self.waiting_for_establishment:
                    self.waiting_for_establishment[connection].append(event)
                    return
                # HTTP/1 carries one call at a time, an HTTP/2 client may have several
                if connection.connected and (connection.alpn == b"h2" or self.context.client.alpn != b"h2"):
                    stream = self.command_sources.pop(event)
                    yield from self.event_to_child(
                        stream, GetHttpConnectionCompleted(event, (connection, None))
                    )
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
        stack /= ToProvider(context)
        self.connections[context.server] = stack[0]
        self.waiting_for_establishment[context.server].append(event)
        yield from self.event_to_child(stack[0], events.Start())

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
