"""The provider's answer is not HTTP."""

from typing import Literal

from chaoskit.core.actions import Raw, Reply
from chaoskit.core.call import Answer, Call
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault, Layer
from chaoskit.core.frozen import frozen

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
RAW = {
    "status_line": b"HTTP/1.1 OK 200\r\ncontent-length: 2\r\n\r\n{}",
    "header": _HEAD + b"this line is no header\r\ncontent-length: 2\r\n\r\n{}",
    "chunk": _HEAD + b'transfer-encoding: chunked\r\n\r\n8\r\n{"ok": 1\r\nnot hex\r\n}\r\n0\r\n\r\n',
}
GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\xff" * 22
"""A gzip header (RFC 1952), then a block of the reserved type 3, which none can read (RFC 1951, 3.2.3)."""


@frozen(kw_only=True)
class Malformed(Fault):
    """The provider answers with something that breaks the rules of HTTP, and hangs up.

    ``how``: ``status_line``: the first line cannot be read. ``header``: a line without a colon. ``chunk``: a
    chunk whose size is no number, in the middle of the body. ``gzip``: a good head, and a body that says it
    is gzip and cannot be unpacked. The first three are HTTP/1: a call over HTTP/2 is left alone.
    ``phase``: ``before``: the provider is not contacted. ``after``: it got the call and acted, and this
    takes its answer's place.
    """

    how: Literal["status_line", "header", "chunk", "gzip"] = "chunk"
    phase: Literal["before", "after"] = "before"

    def layers(self) -> frozenset[Layer]:
        """Act where ``phase`` says."""
        return frozenset({"call" if self.phase == "before" else "answer"})

    def on_call(self, call: Call, dice: Dice) -> Raw | Reply | None:
        return self._answer(call) if self.phase == "before" else None

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Raw | Reply | None:
        return self._answer(call) if self.phase == "after" else None

    def _answer(self, call: Call) -> Raw | Reply | None:
        if self.how == "gzip":
            if call.method.upper() == "HEAD":
                return None
            headers = (("content-type", "application/json"), ("content-encoding", "gzip"))
            return Reply(status=200, headers=headers, body=GZIP)
        if call.is_http2 or (self.how == "chunk" and call.method.upper() == "HEAD"):
            return None
        return Raw(RAW[self.how])
