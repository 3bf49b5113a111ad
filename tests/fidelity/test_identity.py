"""What no injection is about passes unchanged: 2,000 generated messages, with the proxy and without it.

tests/e2e/test_proxy_identity.py has the shapes that were thought of, one by one; here are the others.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from both_ways import Multiplexed, Parts, Scripted, Upgraded, connect
from corpus import frames, session, stream
from driving import run

pytestmark = [pytest.mark.socket, pytest.mark.broad]
SEED = 7
NEEDS_CALLS = ", {id: a, provider: pay, amplification: '<= 3x'}"
# on all the time, for calls that are never made
NEVER = "[{id: i, provider: pay, fault: {corrupt: {bits: 1}}, match: {path: /never}, during: fault}]"


@pytest.fixture
def both_ways(kit):
    """Return a function that lets a scripted provider and its client talk, directly and through the proxy."""

    def start(script, *, h2: bool = False) -> Callable[[], tuple]:
        origin = kit.origin(raw=script, h2=h2)
        proxy = kit.worker(origin, NEVER, slos=NEEDS_CALLS)
        proxy.arm()
        own, ours = ssl.create_default_context(cafile=kit.provider_ca), kit.trust(proxy)
        for each in (own, ours):
            each.set_alpn_protocols(["h2"] if h2 else ["http/1.1"])

        async def talk():
            seen = []
            for port, trust in ((origin.port, own), (proxy.port, ours)):
                script.seen = type(script.seen)()
                got = await script.talk(*await connect(port, trust, is_proxied=trust is ours))
                seen.append((script.seen, got))
            return seen

        started.append(proxy)
        return lambda: run(origin, talk())

    started = []
    yield start
    # it was the mitm lane, whose record has each call, and nothing struck
    assert [line for proxy in started for line in proxy.lines() if line["hits"]] == []
    assert all(proxy.latest["seen"]["pay"] > 0 for proxy in started)


def test_http1_passes_byte_for_byte(both_ways):
    """1,300 requests and their answers, 13 on a connection.

    Byte for byte, both ways: start lines, headers with their order, case, repetitions and empty values, the
    body, interim answers. Of a chunked message the head, the content and the trailers are compared, and not
    where one chunk ends: a chunk that comes in two pieces leaves in two, so that nothing waits for its end.
    """
    script = Scripted()
    talk = both_ways(script)
    for first in range(0, 1300, 13):
        script.session = session(SEED, first, 13)
        direct, proxied = talk()
        assert [each[-3] for each in direct[0]] == [request.head for request, _ in script.session]
        assert [each[-3] for each in direct[1]] == [answer.head for _, answer in script.session]
        assert direct[0] == proxied[0]
        assert direct[1] == proxied[1]


def comparable(parts: Parts) -> tuple:
    """Pseudo-headers have no order that means something, and mitmproxy sends them in its own."""
    head, data, trailers = parts
    pseudo = sorted(each for each in head if each[0].startswith(b":"))
    return pseudo, [each for each in head if not each[0].startswith(b":")], data, trailers


@pytest.mark.parametrize(("is_grpc", "count"), [(False, 300), (True, 200)], ids=["http2", "grpc"])
def test_http2_passes_event_for_event(both_ways, is_grpc, count):
    """300 requests and answers, and 200 calls of gRPC with their messages and statuses.

    HTTP/2 cannot be byte-identical: header compression has a state for each connection, and windows are each
    side's own. Compared is what it decodes to, both ways: pseudo-headers as a set, all other headers and the
    trailers in their order, and the data; not where a DATA frame ends.
    """
    script = Multiplexed()
    talk = both_ways(script, h2=True)
    for first in range(0, count, 20):
        script.session = [stream(SEED, first + n, is_grpc=is_grpc) for n in range(20)]
        direct, proxied = talk()
        assert len(direct[0]) == len(direct[1]) == 20
        for straight, through in zip([*direct[0], *direct[1]], [*proxied[0], *proxied[1]], strict=True):
            assert comparable(straight) == comparable(through)


def test_websocket_frames_pass_byte_for_byte(both_ways):
    """200 frames, ten each way on a connection: every byte after the upgrade, masks included."""
    script = Upgraded()
    talk = both_ways(script)
    for number in range(10):
        script.up, script.down = (frames(SEED, number, is_client=each) for each in (True, False))
        direct, proxied = talk()
        assert direct[0] == script.up
        assert direct == proxied


@dataclass(frozen=True)
class Verbatim:
    """What is written as it stands."""

    wire: bytes

    @property
    def start(self) -> bytes:
        return self.wire.lstrip()


HOST = b"Host: api.pay.example\r\n"
SAYS_NOTHING = {
    "white space around a value": (
        b"GET / HTTP/1.1\r\n" + HOST + b"X-Tight:a\r\nX-Wide:   b\t \r\n\r\n",
        (b"GET / HTTP/1.1\r\n" + HOST + b"X-Tight: a\r\nX-Wide: b\r\n\r\n", b"", b""),
    ),
    "an empty line before a request": (
        b"\r\nGET / HTTP/1.1\r\n" + HOST + b"\r\n",
        (b"GET / HTTP/1.1\r\n" + HOST + b"\r\n", b"", b""),
    ),
    "extensions of chunks, and zeros before their sizes": (
        b"POST / HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\n\r\n"
        b'00A;ext=1;b="c"\r\n0123456789\r\n000;last\r\nT:x\r\n\r\n',
        (b"POST / HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\n\r\n", b"0123456789", b"T: x\r\n"),
    ),
}


@pytest.mark.parametrize("name", SAYS_NOTHING)
def test_only_what_says_nothing_is_written_in_the_usual_way(both_ways, name):
    """These are all the differences that are known: each may be made by anyone on the way (RFC 9112)."""
    sent, arrives = SAYS_NOTHING[name]
    script = Scripted()
    talk = both_ways(script)
    script.session = [
        (Verbatim(sent), Verbatim(b"HTTP/1.1 200 OK\r\nX-Tight:a\r\ncontent-length: 0\r\n\r\n"))
    ]
    _, (seen, got) = talk()
    assert seen == [arrives]
    assert got == [(b"HTTP/1.1 200 OK\r\nX-Tight: a\r\ncontent-length: 0\r\n\r\n", b"", b"")]
