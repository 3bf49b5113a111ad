"""HTTP/2 on the wire, without a socket."""

import time

import h2.config
import h2.connection
import h2.events
import pytest
from mitmproxy import http
from mitmproxy.connection import Client, ConnectionState, Server
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http._base import ReceiveHttp
from mitmproxy.proxy.layers.http._events import (
    ErrorCode,
    RequestEndOfMessage,
    RequestHeaders,
    RequestProtocolError,
    ResponseEndOfMessage,
    ResponseHeaders,
)

from chaoskit.proxy.windows import Ledger
from chaoskit.proxy.wire import ClientSide2, ServerSide2

LONG = b"x" * 1_000_000


@pytest.fixture
def context():
    client = Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2), state=ConnectionState.OPEN)
    context = Context(client, Options())
    context.server = Server(address=("127.0.0.1", 3))
    context.options.add_option("http2_ping_keepalive", int, 0, "")
    for each in ("validate_inbound_headers", "normalize_outbound_headers"):
        context.options.add_option(each, bool, False, "")
    return context


def test_a_long_header_holds_nobody_up(context):
    ours = ServerSide2(context).h2_conn
    theirs = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=False))
    theirs.decoder.max_header_list_size = 2_000_000
    theirs.initiate_connection()
    theirs.send_headers(1, [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "a")])
    ours.initiate_connection()
    ours.receive_data(theirs.data_to_send())

    began = time.monotonic()
    ours.send_headers(1, [(b":status", b"200"), (b"x-filler", LONG), (b"short", b"y" * 100)])
    assert time.monotonic() - began < 5  # hpack would shorten it for minutes

    (head,) = [
        each
        for each in theirs.receive_data(ours.data_to_send())
        if isinstance(each, h2.events.ResponseReceived)
    ]
    assert dict(head.headers) == {b":status": b"200", b"x-filler": LONG, b"short": b"y" * 100}


def test_a_short_header_is_as_short_as_ever(context):
    made = ClientSide2(context).h2_conn.encoder.encode([(b"short", b"y" * 100)])
    assert b"y" * 100 not in made


class Wire:
    """One side of ours against h2 itself; ``step`` returns what ours tells of calls."""

    def __init__(self, context, ours, *, client_side):
        self.ours = ours
        config = h2.config.H2Configuration(client_side=client_side, header_encoding=False)
        self.theirs = h2.connection.H2Connection(config)
        self.theirs.initiate_connection()
        self.step(events.Start())

    def step(self, event):
        told = []
        for command in self.ours.handle_event(event):
            if isinstance(command, commands.SendData):
                self.theirs.receive_data(command.data)
            elif isinstance(command, ReceiveHttp):
                told.append(command.event)
        return told

    def flush(self):
        return self.step(events.DataReceived(self.ours.conn, self.theirs.data_to_send()))


ASKED = [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "a")]
ANSWERED = http.Response(b"HTTP/2.0", 200, b"", http.Headers(), None, None, 0.0, None)


def request():
    return http.Request(
        "a", 443, b"GET", b"https", b"a", b"/", b"HTTP/2.0", http.Headers(), None, None, 0.0, None
    )


@pytest.fixture
def to_client(context):
    return Wire(context, ServerSide2(context, Ledger(lambda *_: 0)), client_side=True)


@pytest.fixture
def to_provider(context):
    return Wire(context, ClientSide2(context, Ledger(lambda *_: 0)), client_side=False)


def test_a_connection_keeps_no_note_of_the_calls_that_are_over(to_client, to_provider):
    for number in range(1500):
        stream = 2 * number + 1
        to_client.theirs.send_headers(stream, ASKED, end_stream=True)
        assert [type(each) for each in to_client.flush()] == [RequestHeaders, RequestEndOfMessage]
        to_client.step(ResponseHeaders(stream, ANSWERED, end_stream=False))
        to_client.step(ResponseEndOfMessage(stream))

        to_provider.step(RequestHeaders(stream + 4, request(), end_stream=True))
        to_provider.step(RequestEndOfMessage(stream + 4))
        to_provider.theirs.send_headers(stream, [(":status", "200")], end_stream=True)
        told = to_provider.flush()
        assert [(type(each), each.stream_id) for each in told] == [
            (ResponseHeaders, stream + 4),
            (ResponseEndOfMessage, stream + 4),
        ]
    client, provider = to_client.ours, to_provider.ours
    kept = (client.streams, provider.streams, provider.our_stream_id, provider.their_stream_id)
    assert max(len(each) for each in kept) <= 130
    assert len(client.h2_conn._closed_streams) == len(provider.h2_conn._closed_streams) == 1024


def test_the_calls_that_go_on_are_known_among_many_that_are_over(to_client):
    to_client.theirs.send_headers(1, ASKED)
    to_client.flush()
    for number in range(1, 500):
        to_client.theirs.send_headers(2 * number + 1, ASKED, end_stream=True)
        to_client.flush()
        to_client.step(ResponseHeaders(2 * number + 1, ANSWERED, end_stream=False))
        to_client.step(ResponseEndOfMessage(2 * number + 1))
    told = to_client.step(events.ConnectionClosed(to_client.ours.conn))
    assert (RequestProtocolError, 1) in [(type(each), each.stream_id) for each in told]


def test_a_late_word_about_a_call_that_is_over_opens_no_stream(to_provider):
    to_provider.step(RequestHeaders(7, request(), end_stream=True))
    to_provider.step(RequestEndOfMessage(7))
    to_provider.theirs.send_headers(1, [(":status", "200")], end_stream=True)
    to_provider.flush()
    to_provider.ours._forget_ended()
    to_provider.step(RequestProtocolError(7, "left", ErrorCode.CANCEL))
    assert to_provider.ours.h2_conn.get_next_available_stream_id() == 3
    to_provider.step(RequestHeaders(9, request(), end_stream=True))
    assert to_provider.ours.their_stream_id == {3: 9}
