"""HTTP/2 on the wire, without a socket."""

import time

import h2.config
import h2.connection
import h2.events
import pytest
from mitmproxy.connection import Client, ConnectionState, Server
from mitmproxy.options import Options
from mitmproxy.proxy.context import Context

from chaoskit.proxy.wire import ClientSide2, ServerSide2

LONG = b"x" * 1_000_000


@pytest.fixture
def context():
    client = Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2), state=ConnectionState.OPEN)
    context = Context(client, Options())
    context.server = Server(address=("127.0.0.1", 3))
    context.options.add_option("http2_ping_keepalive", int, 0, "")
    context.options.add_option("validate_inbound_headers", bool, False, "")
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
