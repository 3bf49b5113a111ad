"""A call that no injection is about passes as it is: the same bytes, both ways, as without the proxy."""

import asyncio
import contextlib
import socket
import ssl

import pytest

pytestmark = pytest.mark.socket
NEEDS_CALLS = ", {id: a, provider: pay, amplification: '<= 3x'}"

PLAIN = b"GET /a?b=c HTTP/1.1\r\nHost: api.pay.example\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def request(line: bytes, headers: bytes = b"", body: bytes = b"") -> bytes:
    return line + b" HTTP/1.1\r\nHost: api.pay.example\r\nConnection: close\r\n" + headers + b"\r\n" + body


def answer(line: bytes, headers: bytes = b"", body: bytes = b"") -> bytes:
    return b"HTTP/1.1 " + line + b"\r\n" + headers + b"\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked\r\n"
CORPUS = {
    "odd case, order, repeated and empty headers": (
        request(b"GET /x", b"x-B: 1\r\nX-a: 2\r\nx-B: 3\r\nX-Empty: \r\nCookie: a=1; b=2\r\n"),
        answer(
            b"200 OK",
            b"sET-cookie: a\r\nSet-Cookie: b\r\nX-Empty: \r\nZ: 1\r\nA: 2\r\ncontent-length: 2\r\n",
            b"ok",
        ),
    ),
    "an odd reason": (PLAIN, answer(b"299 All Right Then", b"content-length: 0\r\n")),
    "no reason": (PLAIN, answer(b"200 ", b"content-length: 0\r\n")),
    "bytes that are no text": (
        request(b"POST /\xc3\xa9?q=%20%C3", b"X-Raw: \xe9\xff\r\nContent-Length: 5\r\n", b"\x00\xff\r\n\x80"),
        answer(b"200 OK", b"X-Raw: \xe9\xff\r\nContent-Length: 4\r\n", b"\x00\xff\r\n"),
    ),
    "a chunked request": (
        request(b"POST /", CHUNKED, b"3\r\nabc\r\n5\r\nhello\r\n0\r\n\r\n"),
        OK,
    ),
    "a chunked request with trailers": (
        request(b"POST /", CHUNKED + b"Trailer: X-Sum\r\n", b"3\r\nabc\r\n0\r\nX-Sum: 1\r\nx-two: 2\r\n\r\n"),
        OK,
    ),
    "a chunked answer": (PLAIN, answer(b"200 OK", CHUNKED, b"3\r\nabc\r\n5\r\nhello\r\n0\r\n\r\n")),
    "a chunked answer with trailers": (
        PLAIN,
        answer(b"200 OK", CHUNKED + b"Trailer: X-Sum\r\n", b"3\r\nabc\r\n0\r\nX-Sum: 1\r\nx-two: 2\r\n\r\n"),
    ),
    "an answer to its end": (PLAIN, answer(b"200 OK", b"Connection: close\r\n", b"until the end")),
    "HTTP/1.0": (PLAIN, b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end"),
    "HEAD": (request(b"HEAD /"), answer(b"200 OK", b"Content-Length: 500\r\n")),
    "HEAD, chunked": (request(b"HEAD /"), answer(b"200 OK", CHUNKED)),
    "204": (request(b"DELETE /x"), answer(b"204 No Content", b"X: 1\r\n")),
    "304": (PLAIN, answer(b"304 Not Modified", b'ETag: "x"\r\nContent-Length: 77\r\n')),
    "304, chunked": (PLAIN, answer(b"304 Not Modified", CHUNKED)),
    "early hints": (PLAIN, answer(b"103 Early Hints", b"Link: </x>\r\n") + OK),
    "an empty body": (
        request(b"POST /", b"Content-Length: 0\r\n"),
        answer(b"200 OK", b"Content-Length: 0\r\n"),
    ),
    "an error": (PLAIN, answer(b"500 Oh No", b"Content-Length: 3\r\nRetry-After: 1\r\n", b"bad")),
    "a large body": (
        request(b"PUT /big", b"Content-Length: 300000\r\n", b"y" * 300_000),
        answer(b"200 OK", b"Content-Length: 500000\r\n", b"z" * 500_000),
    ),
    "compressed": (
        request(b"GET /", b"Accept-Encoding: gzip, br\r\n"),
        answer(b"200 OK", b"Content-Encoding: gzip\r\nContent-Length: 3\r\n", b"\x1f\x8b\x08"),
    ),
    "an odd method": (request(b"PURGE /*"), OK),
}


class Raw:
    """A provider that keeps the bytes it got and sends the bytes it is told to."""

    def __init__(self):
        self.received = b""
        self.to_send = b""

    async def __call__(self, reader, writer):
        self.received = b""
        while not self._is_whole():
            data = await reader.read(65536)
            if not data:
                return
            self.received += data
            if b"100-continue" in self.received and self.received.endswith(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n")
        writer.write(self.to_send)
        await writer.drain()
        with contextlib.suppress(OSError, ssl.SSLError):
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), 2)

    def _is_whole(self):
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return False
        if b"chunked" in head:
            return body.endswith(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                return len(body) >= int(line.split(b":")[1])
        return True


def talk(sock: ssl.SSLSocket, message: bytes, *, late: bytes = b"") -> bytes:
    received = b""
    sock.sendall(message)
    while True:
        try:
            data = sock.recv(65536)
        except ssl.SSLEOFError:
            data = b""
        if not data:
            return received
        received += data
        if late and b"100 Continue" in received:
            sock.sendall(late)
            late = b""


@pytest.fixture
def both_ways(kit):
    """Return a function that sends bytes directly and through the proxy, and what each side then saw."""
    raw = Raw()
    origin = kit.origin(raw=raw, h2=False)
    # a fault is on all the time, for calls that the corpus does not make
    inject = "[{id: i, provider: pay, fault: {corrupt: {bits: 1}}, match: {path: /never}, during: fault}]"
    proxy = kit.worker(origin, inject, slos=NEEDS_CALLS)
    proxy.arm()
    own, ours = ssl.create_default_context(cafile=kit.provider_ca), kit.trust(proxy)

    def run(message: bytes, reply: bytes, late: bytes = b""):
        raw.to_send = reply
        seen = []
        for port, trust in ((origin.port, own), (proxy.port, ours)):
            with socket.create_connection(("127.0.0.1", port), 10) as sock:
                if trust is ours:
                    sock.sendall(b"CONNECT api.pay.example:443 HTTP/1.1\r\n\r\n")
                    assert b" 200 " in sock.recv(1000)
                with trust.wrap_socket(sock, server_hostname=kit.host) as tls:
                    got = talk(tls, message, late=late)
            seen.append((raw.received, got))
        return seen

    run.proxy = proxy
    return run


def test_every_message_of_the_corpus_passes_unchanged(both_ways):
    changed = []
    for name, (message, reply) in CORPUS.items():
        direct, proxied = both_ways(message, reply)
        if direct != proxied:
            changed.append(
                (name, [(a[:300], b[:300]) for a, b in zip(direct, proxied, strict=True) if a != b])
            )
    assert changed == []
    assert len([x for x in both_ways.proxy.lines() if x["call"] and not x["hits"]]) == len(CORPUS)


def test_a_caller_that_waits_for_100_continue_gets_the_provider_s_own(both_ways):
    head = request(b"POST /", b"Expect: 100-continue\r\nContent-Length: 4\r\n")
    direct, proxied = both_ways(head, OK, late=b"body")
    assert direct == proxied
    assert b"X-Interim" in direct[1]
    assert direct[0].endswith(b"body")
