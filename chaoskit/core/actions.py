"""The closed set of things that a fault may ask of the proxy.

A new action touches this file, ``decide.py`` and the proxy; a new fault touches none of them.
"""

from typing import Literal

from chaoskit.core.call import Headers, TlsVersion
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Distribution
from chaoskit.core.frozen import frozen

Direction = Literal["both", "up", "down"]
"""``up``: from the client to the provider; ``down``: from the provider to the client."""


@frozen
class Wait:
    """Let ``seconds`` pass first. It adds to what the provider itself takes."""

    seconds: float


@frozen
class Hold:
    """Say nothing until the caller leaves or the injection ends; then drop the connection.

    A held call is never sent late: when the injection ends, nobody is charged for a call
    that the caller gave up minutes ago.
    """


@frozen
class Refuse:
    """Make a connection attempt fail the way a closed port does, as far as the capture mode allows."""


@frozen
class Close:
    """Close the caller's connection before an answer: an orderly FIN, or an RST.

    Over HTTP/2 only the call's stream is reset, with that error ``code`` (None: INTERNAL_ERROR).
    """

    reset: bool = False
    code: int | None = None


@frozen(kw_only=True)
class Reply:
    """Answer in the provider's place. The provider is not contacted, or its answer is dropped.

    A ``content-length`` is added unless ``headers`` has one. With ``retry_date_in``, the proxy adds a
    ``retry-after`` with the date (whole seconds, rounded up) that many seconds from now: faults have no
    wall clock. ``epochs`` are headers whose value is a Unix time: that many seconds from now, rounded up.
    For the same reason ``is_timed`` asks it to fill in the times of ``core.template``. ``wait``: seconds
    until the answer begins.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    retry_date_in: float | None = None
    epochs: tuple[tuple[str, float], ...] = ()
    is_timed: bool = False
    wait: float = 0.0


@frozen(kw_only=True)
class Rewrite:
    """Put ``headers`` and ``body`` in place of the answer's own. Body None: its own passes as it comes.

    ``content-length`` follows the body unless ``keep_length``, which sends the headers as given
    even where they lie.
    """

    headers: Headers
    body: bytes | None
    keep_length: bool = False


@frozen
class Cut:
    """Pass ``after`` bytes of the body, then end the call as ``Close`` does.

    ``unframed``: the head tells neither a length nor chunks, so that over TLS only the close_notify that is
    missing tells that more was to come. Where that cannot be (HTTP/2, no TLS), nothing is done.
    """

    after: int
    reset: bool = False
    code: int | None = None
    unframed: bool = False


@frozen
class Stall:
    """Pass ``after`` bytes (or chunks) of the body, then fall silent with the socket open.

    Of a TLS handshake: so many bytes of what the provider answers to the hello.
    """

    after: int
    chunks: bool = False


@frozen
class Pace:
    """Pass the body (of a connection: its bytes) no faster than ``rate`` bytes a second each way."""

    rate: float
    direction: Direction = "both"


@frozen
class Raw:
    """Send these bytes where the answer would be, below HTTP/1, and close. Only over HTTP/1."""

    data: bytes


@frozen
class Duplicate:
    """Send the call again once its answer has come; the caller gets the answer to the one or the other."""

    answer: Literal["first", "second"]


@frozen
class Recall:
    """Reply with what the provider last answered to such a call while the injection was off.

    Where nothing is remembered, nothing happens. The fault must say that it ``recalls``.
    """


@frozen
class DropTrailers:
    """Pass the body and end it without its trailers. Without any, nothing happens."""


# of HTTP/2 only


@frozen
class GoAway:
    """Say GOAWAY with that error ``code`` on the call's connection, which then takes no more calls.

    ``refuses``: ``later``: this call and those before it are answered. ``this``: this one is refused too,
    and may be sent again. ``all``: the connection is closed at once, and every call on it is hit.
    """

    code: int
    refuses: Literal["later", "this", "all"]


@frozen
class Clog:
    """Give an upload its first window and no more, in silence. The fault must say that it ``clogs``."""


# what lasts as long as a connection does, or until its injection ends


@frozen
class Lag:
    """Pass each piece on late, by a time drawn for it; their order stays."""

    time: Distribution
    dice: Dice
    direction: Direction = "both"


@frozen
class Slice:
    """Pass bytes in pieces of about ``size`` (give or take ``spread``), ``gap`` seconds apart."""

    size: int
    spread: int
    gap: float
    dice: Dice
    direction: Direction = "both"


@frozen(kw_only=True)
class Limit:
    """End the connection in the place of the byte after so many ``bytes``, or after so many ``seconds``.

    ``how``: ``fin``, ``rst``, ``silence`` (nothing more passes), or ``half`` (the provider's sending side
    is closed by FIN, and what the client sends still arrives). ``direction``: the bytes that are counted.
    """

    how: Literal["fin", "rst", "silence", "half"]
    bytes: int | None = None
    seconds: float | None = None
    direction: Literal["up", "down"] = "down"


@frozen
class Linger:
    """Pass the provider's end of the connection on ``seconds`` late."""

    seconds: float


# of a TLS handshake


CertificateProblem = Literal[
    "expired",
    "not_yet_valid",
    "wrong_host",
    "untrusted_ca",
    "self_signed",
    "incomplete_chain",
    "weak_key",
]


@frozen
class Certify:
    """Show the client a certificate with exactly this one thing wrong."""

    problem: CertificateProblem


@frozen
class Alert:
    """Answer the hello with a fatal TLS alert of that code, and close."""

    code: int


@frozen(kw_only=True)
class Negotiate:
    """Speak no newer TLS than ``highest``, and only these ALPN protocols (None: as ever)."""

    highest: TlsVersion | None = None
    alpn: tuple[str, ...] | None = None


# of a DNS question


@frozen(kw_only=True)
class Resolve:
    """Answer a DNS question in the resolver's place.

    ``addresses`` of the question's family are its records; without any, and with code ``NOERROR``, it is
    told that there are none of this type. ``ttl``: seconds that the records may be kept.
    ``negative_ttl``: seconds that a negative answer may be kept (its SOA); None: it has no SOA, and no
    cache keeps it (RFC 2308, section 5).
    """

    code: Literal["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR"] = "NOERROR"
    addresses: tuple[str, ...] = ()
    ttl: int = 60
    negative_ttl: int | None = None


# of a part of a stream


@frozen(kw_only=True)
class Emit:
    """Send ``pieces`` in the place of an event or message (none: it is dropped), and go on, or end.

    ``then``: ``end`` is an orderly end of the answer, ``silence`` leaves the connection open.
    """

    pieces: tuple[bytes, ...]
    then: Literal["go on", "end", "fin", "rst", "silence"] = "go on"


@frozen
class Repeat:
    """Send a message ``times`` times; 0 drops it."""

    times: int


@frozen
class CloseFrame:
    """End a WebSocket with that status code, to the client and to the provider."""

    code: int
    reason: str = ""


Shape = Lag | Pace | Slice | Limit | Linger
"""What a connection suffers while it carries bytes."""

QueryAction = Wait | Hold | Resolve
ConnectAction = Wait | Hold | Refuse | Close | Shape
HelloAction = Wait | Hold | Close | Stall | Alert | Certify | Negotiate
CallAction = Wait | Hold | Close | Reply | Pace | Raw | Duplicate | Recall | GoAway | Clog
AnswerAction = Wait | Hold | Close | Reply | Rewrite | Cut | Stall | Pace | Raw | DropTrailers
EventAction = Wait | Emit
MessageAction = Wait | Hold | Close | Repeat | CloseFrame
Action = QueryAction | ConnectAction | HelloAction | CallAction | AnswerAction | EventAction | MessageAction


def is_last(action: Action) -> bool:
    """Tell whether nothing can happen to the call after ``action``."""
    if isinstance(action, GoAway):
        return action.refuses != "later"
    return isinstance(action, Hold | Refuse | Close | Reply | Raw | Resolve | Alert | CloseFrame)
