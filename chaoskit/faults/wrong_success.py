"""The provider reports an error inside a success."""

from typing import Literal

from chaoskit.core.actions import Reply
from chaoskit.core.call import Answer, Call, Headers
from chaoskit.core.content import check_headers, check_status, with_type
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault, Layer
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class WrongSuccess(Fault):
    """The provider answers with a success status, and its body says that the call failed.

    The default body is Slack's (https://docs.slack.dev/apis/web-api/#evaluating-responses).

    ``status``: 200 to 299.
    ``headers``: the answer's headers. A ``content-type`` is added that fits the body.
    ``body``: the answer's text: the error envelope of the provider.
    ``phase``: ``before``: the provider is not contacted. ``after``: the provider got the call and acted,
    and this takes its answer's place.
    """

    status: int = 200
    headers: Headers = ()
    body: str = '{"ok": false, "error": "internal_error"}'
    phase: Literal["before", "after"] = "before"

    def __post_init__(self) -> None:
        if not 200 <= self.status <= 299:
            raise ValueError(f"status must be 200 to 299, got {self.status}")
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
