"""Reads the heads of HTTP/1 messages as mitmproxy does, for a third of the time. Pure but for the clock.

mitmproxy's own functions read whatever is not ordinary, so there is one place that says what is allowed.
"""

import re
import time
from collections.abc import Sequence
from functools import lru_cache

from mitmproxy import http
from mitmproxy.net.http.http1 import read

_ABSOLUTE = re.compile(rb"(https?://[A-Za-z0-9.-]+(?::[0-9]+)?)(/[A-Za-z0-9._~/?&=%+,:!-]*)")
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")

Fields = Sequence[tuple[bytes, bytes]]


def read_request(lines: Sequence[bytes]) -> http.Request:
    """Return the request whose head these lines are. Raises ValueError."""
    host, port, method, scheme, authority, path, version = _request_line(lines[0])
    return http.Request(
        host, port, method, scheme, authority, path, version, _headers(lines), None, None, time.time(), None
    )


def read_answer(lines: Sequence[bytes]) -> http.Response:
    """Return the answer whose head these lines are. Raises ValueError."""
    version, status, reason = read._read_response_line(lines[0])  # noqa: SLF001 - it is the rule
    return http.Response(version, status, reason, _headers(lines), None, None, time.time(), None)


def _request_line(line: bytes) -> tuple[str, int, bytes, bytes, bytes, bytes, bytes]:
    words = line.split(b" ")
    if len(words) == 3 and words[2] in _VERSIONS and words[0] != b"CONNECT":
        found = _ABSOLUTE.fullmatch(words[1])
        if found is not None:
            try:
                host, port, scheme, authority = _origin(found[1])
            except ValueError as problem:
                raise ValueError(f"Bad HTTP request line: {line!r}") from problem
            return host, port, words[0], scheme, authority, found[2], words[2]
    return read._read_request_line(line)  # noqa: SLF001 - it is the rule


@lru_cache(maxsize=1024)
def _origin(origin: bytes) -> tuple[str, int, bytes, bytes]:
    """Return host, port, scheme and authority: what takes long, and is the same for most requests."""
    host, port, _, scheme, authority, _, _ = read._read_request_line(  # noqa: SLF001 - it is the rule
        b"GET %s/ HTTP/1.1" % origin
    )
    return host, port, scheme, authority


def _headers(lines: Sequence[bytes]) -> http.Headers:
    fields: list[tuple[bytes, bytes]] = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not name or not colon or line[0] in b" \t":
            return read._read_headers(lines[1:])  # noqa: SLF001 - a folded line, or a wrong one
        fields.append((name, value.strip()))
    headers = http.Headers.__new__(http.Headers)
    headers.fields = tuple(fields)
    return headers
