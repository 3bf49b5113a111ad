"""The provider answers with an error."""

import math
from typing import Literal

from chaoskit.core import template
from chaoskit.core.actions import Reply
from chaoskit.core.call import Answer, Call, Headers
from chaoskit.core.content import check_headers, check_status, with_type
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault, Layer
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Seconds


@frozen(kw_only=True)
class Error(Fault):
    """The provider answers at once with an error of your choice.

    ``status``: 200 to 599 (200 too: some providers report errors inside a success).
    ``headers``: the answer's headers. A ``content-type`` is added that fits the body.
    ``body``: the answer's text.
    ``phase``: ``before``: the provider is not contacted. ``after``: the provider got the call and acted,
    and the error takes its answer's place.
    ``wait``: how long it takes until the error comes; an edge gives up on its origin after some time.
    ``like``: answer as the catalogue says that this provider does: ``stripe/rate-limit``. Only ``phase`` may
    stand beside it.
    ``fill``: fill in the placeholders of ``headers`` and ``body`` (``${hex:16}``, ``${epoch+60}``, ...).
    """

    status: int = 503
    headers: Headers = ()
    body: str = ""
    phase: Literal["before", "after"] = "before"
    wait: Seconds = 0.0
    like: str | None = None
    fill: bool = False

    def __post_init__(self) -> None:
        if self.like is not None and (self.status, self.headers, self.body, self.wait) != (503, (), "", 0.0):
            raise ValueError(
                f"like says what is answered, so only phase may stand beside it, got {self.like}"
            )
        if not 0 <= self.wait < math.inf:
            raise ValueError(f"wait must be 0s or more, got {self.wait:g}s")
        check_status(self.status, self.body)
        check_headers(self.headers)

    def layers(self) -> frozenset[Layer]:
        """Act where ``phase`` says."""
        return frozenset({"call" if self.phase == "before" else "answer"})

    def on_call(self, call: Call, dice: Dice) -> Reply | None:
        return self._reply(dice) if self.phase == "before" else None

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Reply | None:
        return self._reply(dice) if self.phase == "after" else None

    def _reply(self, dice: Dice) -> Reply:
        headers, body = with_type(self.headers, self.body), self.body
        if self.fill:
            headers = tuple((name, template.drawn(value, dice)) for name, value in headers)
            body = template.drawn(body, dice)
        return Reply(
            status=self.status,
            headers=headers,
            body=body.encode(),
            is_timed=self.fill and any(map(template.is_timed, (body, *(value for _, value in headers)))),
            wait=self.wait,
        )
