"""The provider takes no new connection."""

from chaoskit.core.actions import Refuse as Refusal
from chaoskit.core.call import Connection
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class Refuse(Fault):
    """Every attempt to connect fails, as on a closed port. Connections that are open go on.

    Through the proxy the attempt is accepted and reset at once.
    """

    def on_connect(self, conn: Connection, dice: Dice) -> Refusal:
        return Refusal()
