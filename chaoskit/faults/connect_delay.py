"""Connecting to the provider takes long."""

from chaoskit.core.actions import Wait
from chaoskit.core.call import Connection
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Lognormal, Normal, Pareto, Uniform
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class ConnectDelay(Fault):
    """New connections are late, once; what is then said on them is not.

    ``time``: how much later, drawn for each connection. A duration, or a distribution as in ``delay``.
    """

    time: Fixed | Uniform | Normal | Lognormal | Pareto

    def on_connect(self, conn: Connection, dice: Dice) -> Wait:
        return Wait(self.time.draw(dice))
