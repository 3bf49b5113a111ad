"""The provider is silent, and nothing says so."""

from typing import ClassVar, Literal

from chaoskit.core.actions import Hold
from chaoskit.core.call import Answer, Call, Connection
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault, Layer
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class Blackhole(Fault):
    """The provider goes silent: nothing is refused, nothing is answered, until the caller gives up.

    ``at``: where the silence begins. ``request``: the provider is never contacted. ``response``: the
    provider got the call and acted, and its answer is lost. ``connect``: the connection is accepted and
    nothing more happens on it; needs no decryption. In each case what is under way when the injection
    begins falls silent too.
    """

    seizes: ClassVar[bool] = True

    at: Literal["connect", "request", "response"] = "request"

    def layers(self) -> frozenset[Layer]:
        """Act where ``at`` says."""
        where: dict[str, Layer] = {"connect": "connect", "request": "call", "response": "answer"}
        return frozenset({where[self.at]})

    def on_connect(self, conn: Connection, dice: Dice) -> Hold | None:
        return Hold() if self.at == "connect" else None

    def on_call(self, call: Call, dice: Dice) -> Hold | None:
        return Hold() if self.at == "request" else None

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Hold | None:
        return Hold() if self.at == "response" else None
