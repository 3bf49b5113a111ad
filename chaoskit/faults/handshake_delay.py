"""The provider takes the connection, and its TLS handshake is late."""

from dataclasses import dataclass

from chaoskit.core.actions import Wait
from chaoskit.core.call import Hello
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Lognormal, Normal, Pareto, Uniform
from chaoskit.core.fault import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeDelay(Fault):
    """The provider accepts the connection at once and answers the TLS hello late.

    ``time``: how much later, drawn for each connection; in the forms of ``delay``. It adds to what the
    handshake itself takes.
    """

    time: Fixed | Uniform | Normal | Lognormal | Pareto

    def on_hello(self, hello: Hello, dice: Dice) -> Wait:
        return Wait(self.time.draw(dice))
