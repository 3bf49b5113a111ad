"""The provider's name leads somewhere else."""

from dataclasses import dataclass

from chaoskit.core.actions import Refuse, Resolve
from chaoskit.core.call import Connection, Query
from chaoskit.core.dice import Dice
from chaoskit.core.dns import ask_for_address, check_addresses, check_ttl, resolve_to
from chaoskit.core.fault import Fault
from chaoskit.core.units import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsWrongAnswer(Fault):
    """DNS answers questions about the provider's hosts with other addresses; open connections go on.

    Of a family that is not among the addresses, it is said that there are none. Needs ``proxy.dns``. Without
    it, new connections are refused instead, and reports say so.

    ``addresses``: where the provider's hosts are said to be.
    ``ttl``: how long a client may keep them. A longer one outlasts the injection: clients go on calling
    the wrong place.
    """

    addresses: tuple[str, ...]
    ttl: Seconds = 60.0

    def __post_init__(self) -> None:
        check_addresses(self.addresses)
        check_ttl("ttl", self.ttl)

    def approximation(self) -> str:
        return "refused connections"

    def on_query(self, query: Query, dice: Dice) -> Resolve | None:
        return resolve_to(self.addresses, self.ttl) if ask_for_address(query) else None

    def on_connect(self, conn: Connection, dice: Dice) -> Refuse:
        return Refuse()
