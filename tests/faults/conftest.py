"""A call and its answer, for faults to look at."""

from dataclasses import replace

import pytest

from chaoskit.core.call import Answer, Call, Connection, Event, Hello, Message, Query
from chaoskit.core.dice import Dice

QUERY = Query(
    identity="api.stripe.com A 1", provider="stripe", host="api.stripe.com", kind="A", client="127.0.0.1"
)
HELLO = Hello(
    identity="stripe 1",
    provider="stripe",
    host="api.stripe.com",
    client="127.0.0.1",
    alpn=("h2", "http/1.1"),
    versions=("1.3", "1.2"),
)
EVENT = Event(index=0, raw=b'data: {"a": 1}\n\n', data=b'{"a": 1}')
MESSAGE = Message(index=0, direction="down", kind="text", size=5)
CONN = Connection(identity="stripe 1", provider="stripe", host="api.stripe.com", port=443, client="127.0.0.1")


@pytest.fixture
def call():
    return a_call()


@pytest.fixture
def head():
    return a_call("HEAD")


@pytest.fixture
def dice():
    return Dice(7, "injection", "call-1")


@pytest.fixture
def hello():
    """Make a hello that offers these protocols and versions of TLS."""

    def make(*alpn, versions=("1.3", "1.2")):
        return replace(HELLO, alpn=alpn, versions=versions)

    return make


@pytest.fixture
def answer():
    """Make an answer: a body in hand, or with ``length`` only a head."""

    def make(body=None, *headers, status=200, length=None):
        stated = len(body) if body is not None else length
        lengths = () if stated is None else (("content-length", str(stated)),)
        return Answer(status=status, headers=(*lengths, *headers), body=body)

    return make


@pytest.fixture
def told(call, dice):
    """Ask a fault about a connection, a call and an answer; return what it does, by layer."""

    def ask(fault, answer):
        actions = {
            "query": fault.on_query(QUERY, dice),
            "connect": fault.on_connect(CONN, dice),
            "hello": fault.on_hello(HELLO, dice),
            "call": fault.on_call(call, dice),
            "answer": fault.on_answer(call, answer, dice),
            "event": fault.on_event(call, answer, EVENT, dice),
            "message": fault.on_message(call, MESSAGE, dice),
        }
        done = {layer: action for layer, action in actions.items() if action}
        # the proxy and the rules ask layers(), never the methods
        assert fault.layers() == set(done)
        return done

    return ask


@pytest.fixture
def on_event(call, answer, dice):
    """Ask a fault about one event of a stream."""
    return lambda fault, event: fault.on_event(call, answer(), event, dice)


def a_call(method="POST"):
    return Call(
        identity="call-1",
        identified_by="order",
        provider="stripe",
        host="api.stripe.com",
        method=method,
        path="/v1/charges",
        headers=(),
        client="127.0.0.1",
        connection="stripe 1",
    )
