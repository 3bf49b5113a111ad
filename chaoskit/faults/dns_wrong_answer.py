"""The provider's name leads somewhere else."""

from chaoskit.core.dns import OtherAddresses
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Seconds


@frozen(kw_only=True)
class DnsWrongAnswer(OtherAddresses):
    """DNS answers questions about the provider's hosts with other addresses; open connections go on.

    Of a family that is not among the addresses, it is said that there are none. Needs ``proxy.dns``. Without
    it, new connections are refused instead, and reports say so.

    ``addresses``: where the provider's hosts are said to be.
    ``ttl``: how long a client may keep them. A longer one outlasts the injection: clients go on calling
    the wrong place.
    """

    ttl: Seconds = 60.0
