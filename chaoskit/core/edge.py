"""How to tell that a host is behind an edge, in the order in which the signs are trusted."""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal

from chaoskit.core.call import Headers, header
from chaoskit.core.frozen import frozen
from chaoskit.core.hosts import covers


@frozen
class Sign:
    """A response header that an edge adds; with ``match``, only where its value has that pattern."""

    header: str
    match: str | None = None

    def is_in(self, headers: Headers) -> bool:
        """Tell whether ``headers`` have it."""
        value = header(headers, self.header)
        return value is not None and (self.match is None or re.search(self.match, value) is not None)


@frozen(kw_only=True)
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

    def sign_in(self, headers: Headers) -> str | None:
        """Return the header that says that an answer came through this edge, or None."""
        return next((sign.header for sign in self.signs if sign.is_in(headers)), None)

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


How = Literal["hosts", "headers", "address", "cname", "seed"]
"""By what a host was matched, the most trusted first."""


@frozen
class Clue:
    """What says that a host is behind ``edge``: ``what`` is the header, the address or the canonical name."""

    edge: str
    how: How
    what: str = ""

    def __str__(self) -> str:
        """Say it, as a report does."""
        match self.how:
            case "hosts":
                return "named in the file"
            case "headers":
                return f"response headers: {self.what}"
            case "address":
                return f"address {self.what}"
            case "cname":
                return f"canonical name {self.what}"
            case "seed":
                return "known to the catalogue"


Clues = tuple[Clue, ...]
"""What is known about one host: one clue at most of each kind for each edge, in a fixed order."""


def clues_in_headers(edges: Iterable[Edge], headers: Headers) -> Clues:
    """Return what an answer's headers say about its host."""
    found = ((each.name, each.sign_in(headers)) for each in edges)
    return tuple(Clue(name, "headers", sign) for name, sign in found if sign is not None)


def clues_in_names(edges: Iterable[Edge], addresses: Sequence[str], canonical: str | None) -> Clues:
    """Return what the addresses of a host, and its canonical name, say about it."""
    found: list[Clue] = []
    for edge in edges:
        inside = next((each for each in addresses if edge.fronts_by_address(each)), None)
        if inside is not None:
            found.append(Clue(edge.name, "address", inside))
        if canonical and edge.fronts_by_cname(canonical):
            found.append(Clue(edge.name, "cname", canonical.rstrip(".").lower()))
    return tuple(found)


def learn(known: Clues, more: Iterable[Clue]) -> Clues:
    """Return what is known with ``more``.

    Whoever learns the same clues, in whatever order, ends with the same edges; only a text may differ, which
    is that of the first.
    """
    kept = {(each.edge, each.how): each for each in reversed((*known, *more))}
    return tuple(kept[key] for key in sorted(kept))


def matched(edge: Edge, hosts: Sequence[str], host: str, known: Clues) -> Clue | None:
    """Return by what ``host`` is behind ``edge``, or None. ``hosts`` are those that the user says are.

    The first kind of clue that names any edge decides: a header of another edge outweighs an address.
    """
    if any(covers(pattern, host) for pattern in hosts):
        return Clue(edge.name, "hosts")
    kinds: tuple[How, ...] = ("headers", "address", "cname")
    for how in kinds:
        named = [each for each in known if each.how == how]
        if named:
            return next((each for each in named if each.edge == edge.name), None)
    return Clue(edge.name, "seed") if edge.fronts_by_seed(host) else None
