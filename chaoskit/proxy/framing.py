"""How long an HTTP/1 message's body is, and whether its connection ends with it. Pure.

The rules are RFC 9112's (6.3 and 9.3), as mitmproxy has them; the headers are read once for each message.
"""

from functools import lru_cache

from mitmproxy.net.http import validate

from chaoskit.core.frozen import frozen
from chaoskit.proxy.heads import Fields

UNTIL_CLOSE = -1
"""The size of a body that lasts until its connection ends; None is one in chunks."""
_LENGTHS = frozenset(map(len, (b"transfer-encoding", b"content-length", b"connection")))


@frozen
class Framing:
    """The fields that frame a message; repeated ones are joined by a comma."""

    transfer_encoding: str | None = None
    content_length: str | None = None
    connection: str | None = None

    @property
    def is_chunked(self) -> bool:
        """Whether the body is to be sent in chunks, also where other fields contradict it."""
        return self.transfer_encoding is not None and "chunked" in self.transfer_encoding.lower()

    def size(self) -> int | None:
        """Return the size of a request's body. Raises ValueError."""
        if self.transfer_encoding:
            coding = validate.parse_transfer_encoding(self.transfer_encoding)
            if coding.endswith("chunked"):
                return None
            if coding != "identity" and self.content_length is None:
                return UNTIL_CLOSE
        return validate.parse_content_length(self.content_length) if self.content_length else 0

    def size_of_answer(self, method: str, status: int) -> int | None:
        """Return the size of the body of an answer to ``method``. Raises ValueError."""
        method = method.upper()
        if method == "HEAD" or status in (204, 304) or 100 <= status < 200:
            return 0
        if method == "CONNECT" and 200 <= status < 300:
            return 0
        if self.transfer_encoding:
            coding = validate.parse_transfer_encoding(self.transfer_encoding)
            return None if coding.endswith("chunked") else UNTIL_CLOSE
        return validate.parse_content_length(self.content_length) if self.content_length else UNTIL_CLOSE

    def is_last(self, version: bytes) -> bool:
        """Tell whether the connection ends after the message. Options have no case (RFC 9110, 7.6.1)."""
        if self.connection is not None:
            options = _options(self.connection)
            if "close" in options:
                return True
            if "keep-alive" in options:
                return False
        return version not in (b"HTTP/1.1", b"HTTP/2.0")


def framing_of(fields: Fields) -> Framing:
    """Return what frames the message with these header fields."""
    found: dict[bytes, str] = {}
    for name, value in fields:
        if len(name) in _LENGTHS:
            key = name.lower()
            text = value.decode("utf-8", "surrogateescape")
            found[key] = f"{found[key]}, {text}" if key in found else text
    if not found:
        return _NONE
    return Framing(found.get(b"transfer-encoding"), found.get(b"content-length"), found.get(b"connection"))


@lru_cache(maxsize=256)
def _options(connection: str) -> frozenset[str]:
    return frozenset(each.strip().lower() for each in connection.split(","))


_NONE = Framing()
