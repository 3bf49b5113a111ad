"""What a fault may look at: a DNS question, a connection, a TLS hello, a call, its answer and their parts."""

from dataclasses import replace
from typing import Literal

from chaoskit.core.frozen import frozen

Headers = tuple[tuple[str, str], ...]
TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]

Framing = Literal["sse", "ndjson", "array"]
"""Of a streamed body: an event stream, one JSON a line, or a JSON array that grows."""


@frozen(kw_only=True)
class Query:
    """A DNS question about a host of a provider. ``kind`` is its type: ``A``, ``AAAA``, ``HTTPS``, ...

    ``host`` is in lower case. ``groups`` are the edges that it is behind, besides its provider; so in all
    that follows. ``identity`` is what chance hangs on: name, type, the worker that was asked,
    and how often that came before.
    """

    identity: str
    provider: str
    host: str
    kind: str
    client: str
    groups: tuple[str, ...] = ()


@frozen(kw_only=True)
class Connection:
    """A client's connection that names a provider, before any byte of a call.

    ``identity`` is what chance hangs on: the provider and how many connections to it came before.
    """

    identity: str
    provider: str
    host: str
    port: int
    client: str
    groups: tuple[str, ...] = ()


@frozen(kw_only=True)
class Hello:
    """The beginning of a TLS handshake on a provider's connection, before the provider is contacted.

    ``host`` is the name that the client asks for (SNI), ``alpn`` what it offers to speak, in its order, and
    ``versions`` the TLS that it offers, newest first. ``identity`` is that of the connection.
    """

    identity: str
    provider: str
    host: str
    client: str
    alpn: tuple[str, ...] = ()
    versions: tuple[TlsVersion, ...] = ()
    groups: tuple[str, ...] = ()


@frozen(kw_only=True)
class Call:
    """One request to a provider. ``path`` includes the query. ``body`` is None unless a fault reads it.

    ``identity`` is what chance hangs on; ``identified_by`` says where it came from: ``traceparent``,
    ``x-request-id``, ``idempotency-key``, or ``order`` (method, host, path and the n-th time seen).
    ``connection`` is the ``Connection.identity`` of the connection that it came on, and ``is_http2`` says
    what is spoken there.
    """

    identity: str
    identified_by: str
    provider: str
    host: str
    method: str
    path: str
    headers: Headers
    client: str
    connection: str
    is_http2: bool = False
    body: bytes | None = None
    groups: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any case, or None."""
        return header(self.headers, name)


@frozen(kw_only=True)
class Answer:
    """A provider's answer. ``body`` is None unless a fault reads it."""

    status: int
    headers: Headers
    body: bytes | None = None

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any case, or None."""
        return header(self.headers, name)

    def with_body(self, body: bytes) -> "Answer":
        """Return this answer with another body; its headers are left alone."""
        return replace(self, body=body)


@frozen(kw_only=True)
class Event:
    """One event of a streamed answer: of SSE, a line of NDJSON, an element of a chunked JSON array.

    ``index`` counts from 0 in its answer. ``raw`` is everything that was sent for it, its separator too;
    ``data`` is its payload and ``name`` the event's name, where SSE has one. ``is_end``: it is the one with
    which the grammar ends (``[DONE]``, ``message_stop``, ...). ``framing``: what holds the events apart.
    """

    index: int
    raw: bytes
    data: bytes
    name: str | None = None
    is_end: bool = False
    framing: Framing = "sse"


@frozen(kw_only=True)
class Message:
    """One WebSocket message, or control frame.

    ``index`` counts messages from 0 in its direction; a control frame has that of the message after it.
    """

    index: int
    direction: Literal["up", "down"]
    kind: Literal["text", "binary", "ping", "pong", "close"]
    size: int


def header(headers: Headers, name: str) -> str | None:
    """Return the value of the first header called ``name``, in any case, or None."""
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return None


def body_length(call: Call, answer: Answer) -> int | None:
    """Return the bytes of the answer's body as far as its head tells them; None if it does not."""
    if call.method.upper() == "HEAD" or answer.status in (204, 304):
        return 0
    stated = (answer.header("content-length") or "").strip()
    return int(stated) if stated.isascii() and stated.isdigit() else None


def is_grpc(call: Call) -> bool:
    """Tell whether the call is gRPC (not gRPC-Web, whose status is in the body)."""
    kind = (call.header("content-type") or "").lower()
    return kind.startswith("application/grpc") and kind[16:17] in ("", "+", ";", " ")
