"""What faults on DNS questions share: the kinds that carry addresses, and what a TTL or an address may be."""

import ipaddress

from chaoskit.core.actions import Refuse, Resolve
from chaoskit.core.call import Connection, Query
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Seconds

LONGEST_TTL = 2**31 - 1
"""Seconds (RFC 2181, section 8)."""

FAMILIES = {"A": 4, "AAAA": 6}
"""The kinds of question that ask for addresses, and the IP version of those."""

HINTS = frozenset({"HTTPS", "SVCB"})
"""The kinds whose records may carry addresses too (RFC 9460): left alone, they would lead around a fault."""


def ask_for_address(query: Query) -> bool:
    """Tell whether the answer to a question may lead a client to an address."""
    return query.kind in FAMILIES or query.kind in HINTS


def check_addresses(addresses: tuple[str, ...]) -> None:
    """Raise ValueError unless there is an address, and each is one."""
    if not addresses:
        raise ValueError("addresses must have at least one address, got none")
    for each in addresses:
        try:
            ipaddress.ip_address(each)
        except ValueError:
            raise ValueError(f"addresses must be IP addresses such as 192.0.2.1, got {each!r}") from None
        if "%" in each:
            raise ValueError(f"addresses must have no zone, which no DNS record can carry, got {each!r}")


def check_ttl(name: str, seconds: float) -> None:
    """Raise ValueError unless a record may say ``seconds``."""
    if not 0 <= seconds <= LONGEST_TTL or seconds != int(seconds):
        raise ValueError(f"{name} must be whole seconds, 0s or more, got {seconds:g}s")


@frozen(kw_only=True)
class OtherAddresses(Fault):
    """Base of the faults whose answers lead elsewhere: to these addresses, and to none of another family."""

    addresses: tuple[str, ...]
    ttl: Seconds

    def __post_init__(self) -> None:
        check_addresses(self.addresses)
        check_ttl("ttl", self.ttl)

    def approximation(self) -> str:
        return "refused connections"

    def on_query(self, query: Query, dice: Dice) -> Resolve | None:
        if not ask_for_address(query):
            return None
        return Resolve(addresses=self.addresses, ttl=int(self.ttl))

    def on_connect(self, conn: Connection, dice: Dice) -> Refuse:
        return Refuse()
