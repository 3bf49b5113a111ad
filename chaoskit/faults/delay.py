"""The provider answers, late."""

from typing import Literal

from chaoskit.core.actions import Wait
from chaoskit.core.call import Answer, Call, Connection
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Lognormal, Normal, Pareto, Uniform
from chaoskit.core.fault import Fault, Layer
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class Delay(Fault):
    """The provider answers as ever, but later.

    ``time``: how much later, drawn for each call. A duration (``300ms``), or one of
    ``uniform: {from: 100ms, to: 2s}``, ``normal: {mean: 1s, deviation: 200ms}``,
    ``lognormal: {median: 200ms, p99: 2s}`` (or ``sigma``), ``pareto: {least: 100ms, shape: 1.5}``;
    the last three may say ``at_most``. It adds to what the provider itself takes.
    ``before``: what has to wait. ``request``: the provider gets the call late. ``first_byte``: it gets the
    call and acts at once, and its answer is late. ``connect``: new connections are late, calls on open
    ones are not; needs no decryption.
    """

    time: Fixed | Uniform | Normal | Lognormal | Pareto
    before: Literal["request", "first_byte", "connect"] = "request"

    def layers(self) -> frozenset[Layer]:
        """Act where ``before`` says."""
        where: dict[str, Layer] = {"request": "call", "first_byte": "answer", "connect": "connect"}
        return frozenset({where[self.before]})

    def on_connect(self, conn: Connection, dice: Dice) -> Wait | None:
        return self._wait("connect", dice)

    def on_call(self, call: Call, dice: Dice) -> Wait | None:
        return self._wait("request", dice)

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Wait | None:
        return self._wait("first_byte", dice)

    def _wait(self, before: str, dice: Dice) -> Wait | None:
        return Wait(self.time.draw(dice)) if self.before == before else None
