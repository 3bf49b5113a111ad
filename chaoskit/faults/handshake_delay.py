"""The provider takes the connection, and its TLS handshake is late."""

from chaoskit.core.actions import Wait
from chaoskit.core.call import Hello
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Lognormal, Normal, Pareto, Uniform
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class HandshakeDelay(Fault):
    """The provider accepts the connection at once and answers the TLS hello late.

    ``time``: how much later, drawn for each connection; in the forms of ``delay``. It adds to what the
    handshake itself takes.
    """

    time: Fixed | Uniform | Normal | Lognormal | Pareto

    def on_hello(self, hello: Hello, dice: Dice) -> Wait:
        return Wait(self.time.draw(dice))
