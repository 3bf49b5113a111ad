"""Is an answer good, and is it degraded: pure."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from chaoskit.core.call import Headers
from chaoskit.core.content import decoded
from chaoskit.core.experiment import DegradedWhen, Endpoint, Expect
from chaoskit.core.frozen import frozen
from chaoskit.core.samples import Flag


@frozen
class Received:
    """An answer of the target, read to its end. ``body`` is empty where nobody looks at it."""

    status: int
    headers: Headers
    size: int  # bytes of the body as they came
    body: bytes = b""


def reads_body(endpoint: Endpoint) -> bool:
    """Tell whether an answer's body must be kept to judge it."""
    degraded = endpoint.degraded_when
    return endpoint.expect.body is not None or (degraded is not None and degraded.body is not None)


def judge(endpoint: Endpoint, received: Received) -> tuple[Flag, str]:
    """Return the flags of an answer, and the cause if it is not good (else ``none``).

    Without an expected status, everything below 400 is good: a redirect is what the service answered.
    """
    expect = endpoint.expect
    status_fits = received.status in expect.status if expect.status else received.status < 400
    if not status_fits:
        return Flag.CHECK_FAILED, "bad status"
    if not _fits(expect, received):
        return Flag.CHECK_FAILED, "bad answer"
    degraded = endpoint.degraded_when
    if degraded is None or (degraded.status and received.status not in degraded.status):
        return Flag.GOOD, "none"
    return (Flag.GOOD | Flag.DEGRADED if _fits(degraded, received) else Flag.GOOD), "none"


def _fits(wanted: Expect | DegradedWhen, received: Received) -> bool:
    if wanted.body is not None and wanted.body.encode() not in _plain(received):
        return False
    return all(_has(received.headers, name, glob) for name, glob in wanted.header)


def _plain(received: Received) -> bytes:
    plain = decoded(received.headers, received.body)
    return received.body if plain is None else plain


def _has(headers: Iterable[tuple[str, str]], name: str, glob: str) -> bool:
    return any(key.lower() == name.lower() and fnmatchcase(value, glob) for key, value in headers)
