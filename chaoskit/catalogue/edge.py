"""How to tell that a host is behind an edge, in the order in which the signs are trusted."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from chaoskit.core.call import Headers, header
from chaoskit.core.hosts import covers


@dataclass(frozen=True, slots=True)
class Sign:
    """A response header that an edge adds; with ``match``, only where its value has that pattern."""

    header: str
    match: str | None = None

    def is_in(self, headers: Headers) -> bool:
        """Tell whether ``headers`` have it."""
        value = header(headers, self.header)
        return value is not None and (self.match is None or re.search(self.match, value) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A network that many providers stand behind. ``seed`` are hosts known to be behind it."""

    name: str
    title: str
    signs: tuple[Sign, ...] = ()
    cnames: tuple[str, ...] = ()  # suffixes, each with its dot
    ranges: tuple[IPv4Network | IPv6Network, ...] = ()
    published: str | None = None  # where the operator publishes its ranges
    seed: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def fronts_by_headers(self, headers: Headers) -> bool:
        """Tell whether an answer with these headers came through this edge."""
        return any(sign.is_in(headers) for sign in self.signs)

    def fronts_by_address(self, address: str) -> bool:
        """Tell whether an address is in the edge's ranges."""
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found.version == each.version and found in each for each in self.ranges)

    def fronts_by_cname(self, name: str) -> bool:
        """Tell whether a canonical name is the edge's own."""
        return name.rstrip(".").lower().endswith(self.cnames)

    def fronts_by_seed(self, host: str) -> bool:
        """Tell whether the host is known to be behind this edge."""
        return any(covers(pattern, host) for pattern in self.seed)
