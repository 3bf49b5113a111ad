"""A provider that is an edge: every host behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from chaoskit.catalogue.provider import KnownProvider
from chaoskit.core.diagnostic import SpecError
from chaoskit.core.edge import Edge
from chaoskit.core.experiment import Provider
from chaoskit.spec import shelf
from chaoskit.spec.edges import network
from chaoskit.spec.files import read_text
from chaoskit.spec.nodes import Items, Pairs, Problems, did_you_mean, quoted
from chaoskit.spec.scalars import ScalarError
from chaoskit.spec.sections import ProviderSection
from chaoskit.spec.shapes import At

_ALONE = {
    "catalogue": "`catalogue` names a provider's own hosts",
    "region": "`region` chooses among a provider's own hosts",
    "reverse": "a `reverse` port stands for one host",
    "base": "`base` is what a `reverse` port stands for",
}


def edge(
    name: str, at: At[ProviderSection], others: Sequence[Provider], folder: Path, problems: Problems
) -> Provider | None:
    """Return the provider that stands for an edge, or None where it is not known which."""
    section = at.value
    for key, why in _ALONE.items():
        if isinstance(at.node, Pairs) and (given := at.node.get(key)) is not None:
            problems.add(
                given.place, f"{why}, and `fronted_by` means every host behind an edge", "leave it out"
            )
    hosts = section.hosts
    if hosts is not None and isinstance(hosts.node, Items) and not hosts.node.items:
        problems.add(hosts.node.place, "expected at least one host, got none", "leave the key out")
    if section.fronted_by is None:
        return None  # what is wrong with it has been said
    called, place = section.fronted_by.value, section.fronted_by.node.place
    found = shelf.edge(called)
    if found is None:
        hint = did_you_mean(called, shelf.edge_names(), "edges")
        problems.add(place, f"the catalogue has no edge {quoted(called)}", hint)
        return None
    other = next((each.name for each in others if each.edge is not None and each.edge.name == called), None)
    if other is not None:
        problems.add(place, f"provider {quoted(other)} stands for {called} already", "use that one")
    if section.ranges is not None:
        ranges = _ranges(section.ranges, folder, problems)
        found = replace(found, ranges=ranges)
    return Provider(
        name=name,
        hosts=tuple(each.value for each in hosts.value) if hosts is not None else (),
        resolve=section.resolve,
        edge=found,
    )


def seeded(
    providers: Sequence[Provider], entries: Mapping[str, KnownProvider | None]
) -> tuple[Provider, ...]:
    """Return the providers, each edge with the hosts of those that the catalogue knows to be behind it."""
    found: list[Provider] = []
    for each in providers:
        made = each
        if each.edge is not None:
            more = [
                host
                for other in providers
                if (entry := entries.get(other.name)) is not None and entry.fronted_by == each.edge.name
                for host in other.hosts
            ]
            made = replace(each, edge=replace(each.edge, seed=tuple(dict.fromkeys((*each.edge.seed, *more)))))
        found.append(made)
    return tuple(found)


def edges(providers: Sequence[Provider]) -> tuple[Edge, ...]:
    """Return all edges that are known, as the file has them; none where no provider is one."""
    own = {each.edge.name: each.edge for each in providers if each.edge is not None}
    return tuple(own.get(each.name, each) for each in shelf.edges()) if own else ()


def _ranges(at: At[str], folder: Path, problems: Problems) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the ranges in a file: one a line, and ``#`` begins a remark."""
    try:
        lines = read_text(folder / at.value).removeprefix("\ufeff").splitlines()
    except SpecError as error:
        why = error.diagnostics[0]
        problems.add(at.node.place, f"the file of ranges {quoted(at.value)}: {why.message}", why.hint)
        return ()
    found: list[IPv4Network | IPv6Network] = []
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            found.append(network(text))
        except ScalarError as error:
            problems.add(at.node.place, f"{at.value}:{number}: {error.message}", error.hint)
    if not found and not problems.found:
        problems.add(at.node.place, f"expected ranges in {quoted(at.value)}, one a line, got none")
    return tuple(found)
