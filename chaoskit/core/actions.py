"""The closed set of things that a fault may ask of the proxy.

A new action touches this file, ``decide.py`` and the proxy; a new fault touches none of them.
"""

from dataclasses import dataclass

from chaoskit.core.call import Headers


@dataclass(frozen=True, slots=True)
class Wait:
    """Let ``seconds`` pass first. It adds to what the provider itself takes."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hold:
    """Say nothing until the caller leaves or the injection ends; then drop the connection.

    A held call is never sent late: when the injection ends, nobody is charged for a call
    that the caller gave up minutes ago.
    """


@dataclass(frozen=True, slots=True)
class Refuse:
    """Make a connection attempt fail the way a closed port does, as far as the capture mode allows."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the caller's connection before an answer: an orderly FIN, or an RST."""

    reset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer in the provider's place. The provider is not contacted, or its answer is dropped.

    A ``content-length`` is added unless ``headers`` has one. With ``retry_date_in``, the proxy adds a
    ``retry-after`` with the date (whole seconds, rounded up) that many seconds from now: faults have no
    wall clock.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    retry_date_in: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """Put ``headers`` and ``body`` in place of the answer's own.

    ``content-length`` follows the body unless ``keep_length``, which sends the headers as given
    even where they lie.
    """

    headers: Headers
    body: bytes
    keep_length: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """Pass ``after`` bytes of the body, then close the caller's connection (FIN, or RST)."""

    after: int
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Stall:
    """Pass ``after`` bytes (or chunks) of the body, then fall silent with the socket open."""

    after: int
    chunks: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """Pass the body no faster than ``rate`` bytes a second."""

    rate: float


ConnectAction = Wait | Hold | Refuse | Close
CallAction = Wait | Hold | Close | Reply | Pace
AnswerAction = Wait | Hold | Close | Reply | Rewrite | Cut | Stall | Pace
Action = ConnectAction | CallAction | AnswerAction


def is_last(action: Action) -> bool:
    """Tell whether nothing can happen to the call after ``action``."""
    return isinstance(action, Hold | Refuse | Close | Reply)
