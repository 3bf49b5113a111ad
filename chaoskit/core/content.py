"""What a faked or changed answer is made of: its status, headers, body and the encoding of that body."""

import json
import re
import zlib

from chaoskit.core.call import Headers, header

LARGEST = 64 * 1024 * 1024
"""Bytes that a compressed body may grow to before it is left alone."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BODILESS = frozenset({204, 205, 304})


def check_status(status: int, body: str | None) -> None:
    """Raise ValueError unless ``status`` can end a call, and may have the ``body`` that is given."""
    if not 200 <= status <= 599:
        raise ValueError(f"status must be 200 to 599, got {status}")
    if body and status in _BODILESS:
        raise ValueError(f"body must be empty with status {status}, got {len(body)} characters")


def check_headers(headers: Headers) -> None:
    """Raise ValueError for a name or value that would not be one header on the wire."""
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"headers must have names of letters, digits and dashes, got {name!r}")
        if any(ord(each) < 32 and each != "\t" for each in value) or not value.isascii():
            raise ValueError(f"headers must each be one line of ASCII text, got {name}: {value!r}")


def without(headers: Headers, *names: str) -> Headers:
    """Return ``headers`` without those called any of ``names`` (lower case)."""
    return tuple(each for each in headers if each[0].lower() not in names)


def with_type(headers: Headers, body: str) -> Headers:
    """Return ``headers`` with a ``content-type`` for ``body`` if there is a body and they have none."""
    if not body or header(headers, "content-type") is not None:
        return headers
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return (*headers, ("content-type", "text/plain; charset=utf-8"))
    return (*headers, ("content-type", "application/json"))


def decoded(headers: Headers, body: bytes, largest: int = LARGEST) -> bytes | None:
    """Return ``body`` without its ``content-encoding``.

    None if that is unknown, does not fit the body, or the body would grow to more than ``largest`` bytes.
    """
    coding = (header(headers, "content-encoding") or "identity").strip().lower()
    match coding:
        case "identity":
            return body
        case "gzip" | "x-gzip":
            return _inflate(body, 31, largest)
        case "deflate":
            # the name means zlib, but some servers send the bare stream
            found = _inflate(body, 15, largest)
            return _inflate(body, -15, largest) if found is None else found
        case _:
            return None


def _inflate(body: bytes, window: int, largest: int) -> bytes | None:
    machine = zlib.decompressobj(window)
    try:
        text = machine.decompress(body, largest)
    except zlib.error:
        return None
    return text if machine.eof and not machine.unused_data else None
