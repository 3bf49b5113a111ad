"""The error codes of HTTP/2."""

from typing import Literal

Code = Literal[
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
]
CODES: tuple[str, ...] = Code.__args__  # type: ignore[attr-defined]
"""In the order of their numbers, from 0 (RFC 9113, section 7)."""


def number(code: Code) -> int:
    """Return the number of an error code."""
    return CODES.index(code)
