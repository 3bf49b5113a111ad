"""Splits one direction of a WebSocket into messages (RFC 6455, section 5)."""

from collections.abc import Sequence
from typing import Literal

from chaoskit.core.frozen import frozen

LARGEST = 16 * 1024 * 1024
"""Bytes of one message; a direction with a larger one is passed on unread from there."""

Kind = Literal["text", "binary", "ping", "pong", "close"]
_KINDS: dict[int, Kind] = {1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}


@frozen
class Frames:
    """A whole message, with all its fragments, or a control frame. ``raw`` is as it came."""

    kind: Kind
    raw: bytes
    size: int

    @property
    def is_control(self) -> bool:
        return self.kind in ("ping", "pong", "close")


class FrameSplitter:
    """Takes bytes in whatever chunks, and returns the messages that are complete.

    A control frame between the fragments of a message comes out before the message. Nothing is
    unmasked and nothing is changed.
    """

    def __init__(self) -> None:
        self.is_lost = False
        self._buffer = bytearray()
        self._message = bytearray()
        self._kind: Kind | None = None
        self._size = 0

    def feed(self, data: bytes) -> Sequence[Frames | bytes]:
        """Return what is complete now; bytes are what cannot be read."""
        self._buffer += data
        found: list[Frames | bytes] = []
        while not self.is_lost and (length := self._length()) is not None:
            raw, size = bytes(self._buffer[: length[0]]), length[1]
            del self._buffer[: length[0]]
            whole = self._take(raw, size)
            if whole is not None:
                found.append(whole)
        self.is_lost = self.is_lost or len(self._buffer) + len(self._message) > LARGEST
        if self.is_lost:
            left = bytes(self._message + self._buffer)
            self._message.clear()
            self._buffer.clear()
            if left:
                found.append(left)
        return found

    def _length(self) -> tuple[int, int] | None:
        """Return the bytes of the first frame and of its payload, once all of them are there."""
        have = len(self._buffer)
        if have < 2:
            return None
        size = self._buffer[1] & 0x7F
        head = 2 + {126: 2, 127: 8}.get(size, 0)
        if have < head:
            return None
        if head > 2:
            size = int.from_bytes(self._buffer[2:head])
        end = head + (4 if self._buffer[1] & 0x80 else 0) + size
        if end > LARGEST:
            self.is_lost = True
            return None
        return (end, size) if have >= end else None

    def _take(self, raw: bytes, size: int) -> Frames | None:
        opcode, is_last = raw[0] & 0x0F, bool(raw[0] & 0x80)
        if opcode >= 8 and opcode in _KINDS:
            return Frames(_KINDS[opcode], raw, size)
        if (opcode == 0) != (self._kind is not None) or (opcode and opcode not in _KINDS):
            self.is_lost = True  # not the protocol that we know: not for us to judge
            self._message += raw
            return None
        self._kind = self._kind or _KINDS[opcode]
        self._message += raw
        self._size += size
        if not is_last:
            return None
        whole = Frames(self._kind, bytes(self._message), self._size)
        self._message.clear()
        self._kind, self._size = None, 0
        return whole


def close_frame(code: int, reason: str = "", mask: bytes | None = None) -> bytes:
    """Return a close frame; a client's needs a ``mask`` of 4 bytes. ``reason``: at most 123 bytes."""
    payload = code.to_bytes(2) + reason.encode()
    if mask is None:
        return bytes((0x88, len(payload))) + payload
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes((0x88, 0x80 | len(payload))) + mask + masked
