"""The provider gets a call twice."""

from typing import ClassVar, Literal

from chaoskit.core.actions import Duplicate as Again
from chaoskit.core.call import Call
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class Duplicate(Fault):
    """The provider gets the call, answers, and gets the very same call again; the caller sees one answer.

    That is what a retry by something in between does: a load balancer, a queue, a proxy. The name says
    that the provider acts, so no ``phase`` is needed: it may charge twice unless the call carries an
    idempotency key that it honours.

    ``answer``: which of the two the caller sees. ``second``: the first was lost, so that the provider's
    own word on the duplicate (another id, a conflict, the same again) comes through. ``first``: the caller
    learns nothing of it.
    """

    reads_request: ClassVar[bool] = True

    answer: Literal["first", "second"] = "second"

    def on_call(self, call: Call, dice: Dice) -> Again:
        return Again(self.answer)
