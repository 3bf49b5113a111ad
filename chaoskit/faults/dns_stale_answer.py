"""The provider's name still leads to where it used to be."""

from chaoskit.core.dns import OtherAddresses
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Seconds


@frozen(kw_only=True)
class DnsStaleAnswer(OtherAddresses):
    """DNS answers with addresses that the provider has left: as a cache does that did not hear of a change.

    Of a family that is not among the addresses, it is said that there are none. Needs ``proxy.dns``. Without
    it, new connections are refused instead, and reports say so.

    ``addresses``: those that it used to have.
    ``ttl``: how long a client may keep them. A longer one outlasts the injection: clients go on calling
    the old place.
    """

    ttl: Seconds = 300.0
