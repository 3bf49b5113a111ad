"""The gRPC service answers with a status."""

from typing import Literal
from urllib.parse import quote

from chaoskit.core.actions import Reply
from chaoskit.core.call import Answer, Call, is_grpc
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault, Layer
from chaoskit.core.frozen import frozen

Status = Literal[
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
]
CODES: tuple[str, ...] = Status.__args__  # type: ignore[attr-defined]
"""In the order of their numbers, from 1 (https://grpc.github.io/grpc/core/md_doc_statuscodes.html)."""


@frozen(kw_only=True)
class GrpcError(Fault):
    """The gRPC service answers with a status that is not OK, and no message.

    It comes as Trailers-Only: HTTP status 200 and one block of headers
    (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). A call that is not gRPC is left alone.

    ``status``: its name, such as UNAVAILABLE or RESOURCE_EXHAUSTED.
    ``message``: the text that goes with it.
    ``phase``: ``before``: the service is not contacted. ``after``: it got the call and acted, and this takes
    its answer's place.
    """

    status: Status = "UNAVAILABLE"
    message: str = ""
    phase: Literal["before", "after"] = "before"

    def layers(self) -> frozenset[Layer]:
        """Act where ``phase`` says."""
        return frozenset({"call" if self.phase == "before" else "answer"})

    def on_call(self, call: Call, dice: Dice) -> Reply | None:
        return self._reply(call) if self.phase == "before" else None

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Reply | None:
        return self._reply(call) if self.phase == "after" else None

    def _reply(self, call: Call) -> Reply | None:
        if not is_grpc(call):
            return None
        headers = (
            ("content-type", "application/grpc"),
            ("grpc-status", str(CODES.index(self.status) + 1)),
            *((("grpc-message", quote(self.message, safe=" !#$&'()*+,/:;=?@[]")),) if self.message else ()),
        )
        return Reply(status=200, headers=headers)
