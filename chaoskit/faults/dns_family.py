"""The provider loses its addresses of one IP version."""

from typing import Literal

from chaoskit.core.actions import Resolve
from chaoskit.core.call import Query
from chaoskit.core.dice import Dice
from chaoskit.core.dns import HINTS
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class DnsFamily(Fault):
    """The provider's hosts lose their addresses of one IP version; the other one works.

    A client that speaks both goes on by the other. Needs ``proxy.dns``: on connections there is nothing
    like it.

    ``lose``: the family whose records are gone. Records that may carry addresses of either (HTTPS, SVCB)
    are gone with it.
    """

    lose: Literal["ipv4", "ipv6"]

    def on_query(self, query: Query, dice: Dice) -> Resolve | None:
        lost = "A" if self.lose == "ipv4" else "AAAA"
        return Resolve() if query.kind == lost or query.kind in HINTS else None
