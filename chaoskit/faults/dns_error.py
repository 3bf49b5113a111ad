"""The provider's name cannot be resolved: an error comes back at once."""

from typing import Literal

from chaoskit.core.actions import Refuse, Resolve
from chaoskit.core.call import Connection, Query
from chaoskit.core.dice import Dice
from chaoskit.core.dns import check_ttl
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Seconds


@frozen(kw_only=True)
class DnsError(Fault):
    """DNS answers questions about the provider's hosts with an error, at once; open connections go on.

    Needs ``proxy.dns``. Without it, new connections are refused instead, and reports say so.

    ``code``: ``nxdomain``: there is no such name. ``nodata``: the name exists and has no such record.
    ``servfail``: the resolver failed. ``refused``: it does not want to. ``formerr``: it did not understand.
    ``negative_ttl``: how long a cache may keep ``nxdomain`` or ``nodata``. A longer one outlasts the
    injection: the failure lives on in the client's caches. Left out, the answer is not kept.
    """

    code: Literal["nxdomain", "nodata", "servfail", "refused", "formerr"] = "nxdomain"
    negative_ttl: Seconds | None = None

    def __post_init__(self) -> None:
        if self.negative_ttl is None:
            return
        check_ttl("negative_ttl", self.negative_ttl)
        if self.code not in ("nxdomain", "nodata"):
            raise ValueError(
                f"negative_ttl is of nxdomain and nodata, and no part of {self.code}, "
                f"got {self.negative_ttl:g}s"
            )

    def approximation(self) -> str:
        return "refused connections"

    def on_query(self, query: Query, dice: Dice) -> Resolve:
        negative_ttl = None if self.negative_ttl is None else int(self.negative_ttl)
        match self.code:
            case "nodata":
                return Resolve(negative_ttl=negative_ttl)
            case "nxdomain":
                return Resolve(code="NXDOMAIN", negative_ttl=negative_ttl)
            case "servfail":
                return Resolve(code="SERVFAIL")
            case "refused":
                return Resolve(code="REFUSED")
            case "formerr":
                return Resolve(code="FORMERR")

    def on_connect(self, conn: Connection, dice: Dice) -> Refuse:
        return Refuse()
