"""An edge's file of the catalogue: its declaration, and text to an Edge, all problems at once."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from chaoskit.catalogue.provider import Basis
from chaoskit.core.edge import Edge, Sign
from chaoskit.core.frozen import frozen
from chaoskit.spec import words
from chaoskit.spec.document import document
from chaoskit.spec.known import Pattern
from chaoskit.spec.nodes import Problems, quoted
from chaoskit.spec.scalars import ScalarError
from chaoskit.spec.shapes import OrOne, Section, Written
from chaoskit.spec.written import Line, Name


def network(text: str) -> IPv4Network | IPv6Network:
    """Return a range of addresses, as in ``104.16.0.0/13``."""
    try:
        return ip_network(text)
    except ValueError:
        example = "expected a range of addresses such as 104.16.0.0/13"
        raise ScalarError(f"{example}, got {quoted(text)}") from None


Network = Annotated[IPv4Network | IPv6Network, Written("a range of addresses", "104.16.0.0/13", network)]
Regex = Annotated[str, Written("a regular expression", "^cache-", words.regex)]


@frozen(kw_only=True)
class SignSection(Section):
    """A response header that the edge adds.

    ``header``: its name.
    ``match``: only where its value has this pattern.
    """

    header: str | None
    match: Regex | None = None


@frozen(kw_only=True)
class SeedSection(Section):
    """Hosts that are known to be behind the edge.

    ``host``: one, or a list of hosts and patterns.
    ``basis``: how it is known.
    ``sources``: addresses.
    """

    host: Annotated[tuple[Pattern, ...], OrOne()] | None
    basis: Basis | None
    sources: Annotated[tuple[str, ...], OrOne()] | None = None


@frozen(kw_only=True)
class EdgeSection(Section):
    """A network that many providers stand behind.

    ``version``: of this format: 1.
    ``name``: what ``fronted_by`` calls it.
    ``title``: what people call it.
    ``signs``: response headers that it adds; one of them is enough.
    ``cnames``: suffixes of the canonical names of hosts behind it.
    ``ranges``: its addresses.
    ``published``: where it publishes them.
    ``seed``: hosts that are known to be behind it.
    ``sources``: addresses of what this file was taken from.
    ``note``: what a user should know.
    """

    version: Annotated[str, Written("a version", "1", words.version)] | None
    name: Name | None
    title: Line | None
    signs: tuple[SignSection, ...] = ()
    cnames: tuple[str, ...] = ()
    ranges: tuple[Network, ...] = ()
    published: str | None = None
    seed: tuple[SeedSection, ...] = ()
    sources: tuple[str, ...] = ()
    note: str | None = None


def edge(path: str, text: str) -> Edge:
    """Return the edge that ``text`` describes. ``path`` is only for messages. Raises SpecError."""
    return document(path, text, EdgeSection, _edge)


def _edge(section: EdgeSection, problems: Problems) -> Edge | None:  # noqa: ARG001 - a section says it all
    if section.name is None or section.title is None:
        return None
    return Edge(
        name=section.name,
        title=section.title,
        signs=tuple(Sign(each.header, each.match) for each in section.signs if each.header is not None),
        cnames=section.cnames,
        ranges=section.ranges,
        published=section.published,
        seed=tuple(host for each in section.seed for host in each.host or ()),
        sources=section.sources,
    )
