"""The provider answers with an error."""

from dataclasses import dataclass
from typing import Literal

from chaoskit.core.actions import Reply
from chaoskit.core.call import Answer, Call, Headers
from chaoskit.core.content import check_headers, check_status, with_type
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault, Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Error(Fault):
    """The provider answers at once with an error of your choice.

    ``status``: 200 to 599 (200 too: some providers report errors inside a success).
    ``headers``: the answer's headers. A ``content-type`` is added that fits the body.
    ``body``: the answer's text.
    ``phase``: ``before``: the provider is not contacted. ``after``: the provider got the call and acted,
    and the error takes its answer's place.
    """

    status: int = 503
    headers: Headers = ()
    body: str = ""
    phase: Literal["before", "after"] = "before"

    def __post_init__(self) -> None:
        check_status(self.status, self.body)
        check_headers(self.headers)

    def layers(self) -> frozenset[Layer]:
        """Act where ``phase`` says."""
        return frozenset({"call" if self.phase == "before" else "answer"})

    def on_call(self, call: Call, dice: Dice) -> Reply | None:
        return self._reply() if self.phase == "before" else None

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Reply | None:
        return self._reply() if self.phase == "after" else None

    def _reply(self) -> Reply:
        return Reply(status=self.status, headers=with_type(self.headers, self.body), body=self.body.encode())
