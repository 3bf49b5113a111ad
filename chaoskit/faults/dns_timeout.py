"""The provider's name cannot be resolved: no answer comes."""

from chaoskit.core.actions import Hold
from chaoskit.core.call import Connection, Query
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class DnsTimeout(Fault):
    """DNS says nothing to questions about the provider's hosts; open connections go on.

    Needs ``proxy.dns``. Without it, new connections are accepted and then silent instead, and reports say so.
    """

    def approximation(self) -> str:
        return "connections that are accepted and then silent"

    def on_query(self, query: Query, dice: Dice) -> Hold:
        return Hold()

    def on_connect(self, conn: Connection, dice: Dice) -> Hold:
        return Hold()
