"""The provider's name is resolved, late."""

from chaoskit.core.actions import Wait
from chaoskit.core.call import Connection, Query
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Lognormal, Normal, Pareto, Uniform
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class DnsDelay(Fault):
    """DNS answers questions about the provider's hosts as ever, but later; open connections are not late.

    Needs ``proxy.dns``. Without it, new connections are late instead, and reports say so.

    ``time``: how much later, drawn for each question: a duration (``300ms``), or one of
    ``uniform: {from: 100ms, to: 2s}``, ``normal: {mean: 1s, deviation: 200ms}``,
    ``lognormal: {median: 200ms, p99: 2s}`` (or ``sigma``), ``pareto: {least: 100ms, shape: 1.5}``;
    the last three may say ``at_most``.
    """

    time: Fixed | Uniform | Normal | Lognormal | Pareto

    def approximation(self) -> str:
        return "connections that are late by the same time"

    def on_query(self, query: Query, dice: Dice) -> Wait:
        return Wait(self.time.draw(dice))

    def on_connect(self, conn: Connection, dice: Dice) -> Wait:
        return Wait(self.time.draw(dice))
