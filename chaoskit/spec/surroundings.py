"""Target, providers and proxy: what a file says about them, checked together."""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from chaoskit.catalogue.provider import KnownProvider
from chaoskit.core.call import Headers
from chaoskit.core.content import check_headers
from chaoskit.core.experiment import Provider, Ready, Target
from chaoskit.spec import composing, fronting
from chaoskit.spec.nodes import Items, Pairs, Place, Problems, close, did_you_mean, quoted
from chaoskit.spec.scalars import ScalarError
from chaoskit.spec.sections import ProviderSection, TargetSection
from chaoskit.spec.shapes import At, mentions
from chaoskit.spec.shelf import Shelf
from chaoskit.spec.words import name as read_name

_NO_HOSTS = "say where it is: {hosts: [api.example.com]}; `chaoskit providers` lists what is known"


def is_this_machine(host: str) -> bool:
    """Tell whether ``host`` can only mean the machine that chaoskit runs on."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def target(section: TargetSection, problems: Problems) -> Target | None:
    """Return the target, or None where something about it is wrong."""
    allow = section.allow or ()
    if section.url is not None:
        host = urlsplit(section.url.value).hostname or ""
        if not is_this_machine(host) and host not in (each.lower() for each in allow):
            problems.add(
                section.url.node.place,
                f"expected a target on this machine, got {quoted(host)}",
                f"if load may really go there, add `allow: [{host}]` to target",
            )
    for each in (section.command, section.prepare):
        if each is not None and (not each.value or not each.value[0]):
            problems.add(each.node.place, "expected a command, got none", "leave the key out")
    is_started = section.command is not None or section.compose is not None
    if section.prepare is not None and section.prepare.value and not is_started:
        problems.add(
            section.prepare.node.place,
            "`prepare` goes before a `command`, and there is none",
            "add `command`, or run this yourself before",
        )
    if section.folder is not None and not section.folder.value:
        problems.add(section.folder.node.place, "expected a folder, got none", "leave the key out")
    environment = section.environment.value if section.environment is not None else ()
    if section.environment is not None:
        for key, _ in environment:
            if not key or "=" in key:
                problems.add(
                    section.environment.node.place, f"expected the name of a variable, got {quoted(key)}"
                )
    ready = section.ready
    project = composing.compose(section, problems)
    if section.url is None:
        return None
    return Target(
        url=section.url.value.rstrip("/"),
        command=section.command.value if section.command is not None else (),
        prepare=section.prepare.value if section.prepare is not None else (),
        ready=Ready(get=ready.get or "/", within=ready.within or 30.0) if ready is not None else Ready(),
        environment=environment,
        folder=section.folder.value if section.folder is not None else ".",
        allow=allow,
        compose=project,
        engine=section.engine.value if section.engine is not None else None,
        image=section.image.value if section.image is not None else "chaoskit:local",
    )


def names(table: At[tuple[tuple[str, At[object]], ...]], problems: Problems) -> None:
    """Check the keys of a mapping whose keys are names."""
    if isinstance(table.node, Pairs):
        for key, _ in table.node.pairs:
            try:
                read_name(key.text)
            except ScalarError as error:
                problems.add(key.place, error.message, error.hint)


def headers(given: At[Headers] | None, problems: Problems) -> Headers:
    """Return headers that can be sent as they are; what cannot is noted."""
    if given is None:
        return ()
    for pair in given.value:
        try:
            check_headers((pair,))
        except ValueError as error:
            node = given.node.get(pair[0]) if isinstance(given.node, Pairs) else None
            problems.add((node or given.node).place, str(error))
    return given.value


def providers(
    table: At[tuple[tuple[str, At[ProviderSection]], ...]], shelf: Shelf, folder: Path, problems: Problems
) -> tuple[Provider, ...]:
    """Return the providers whose hosts the file or the catalogue knows; no host may belong to two.

    An edge owns none: hosts behind it may belong to others. ``folder`` is where the files are that it names.
    """
    found: list[Provider] = []
    reverses: dict[str, str] = {}
    for key, at in table.value:
        section = at.value
        hosts: tuple[str, ...] = ()
        if mentions(at.node, "fronted_by", ProviderSection):
            if (edge := fronting.edge(key, at, found, folder, problems)) is not None:
                found.append(edge)
            continue
        if section.ranges is not None:
            problems.add(
                section.ranges.node.place,
                "`ranges` are those of an edge, and there is no `fronted_by`",
                "for example `fronted_by: cloudflare`",
            )
        if section.hosts is not None:
            if isinstance(section.hosts.node, Items) and not section.hosts.node.items:
                problems.add(section.hosts.node.place, "expected at least one host, got none")
            _check_owners(found, key, section.hosts.value, problems)
            hosts = tuple(each.value for each in section.hosts.value)
        else:
            hosts = _from_catalogue(key, at, shelf, problems)
        if section.base is not None and section.reverse is None:
            problems.add(
                section.base.node.place,
                "`base` is what a `reverse` port stands for, and there is none",
                "add `reverse`",
            )
        found.append(
            Provider(
                name=key,
                hosts=hosts,
                resolve=section.resolve,
                reverse=section.reverse,
                base=_base(section, at.node.place, hosts, problems),
            )
        )
        if section.reverse is not None and section.reverse.port:
            owner = reverses.setdefault(str(section.reverse), key)
            if owner != key:
                problems.add(at.node.place, f"reverse {section.reverse} is already that of {quoted(owner)}")
    return fronting.seeded(found, {key: _entry(key, at, shelf) for key, at in table.value})


def _entry(key: str, at: At[ProviderSection], shelf: Shelf) -> KnownProvider | None:
    """Return what the catalogue knows of a provider, if its hosts are from there."""
    section = at.value
    if mentions(at.node, "hosts", ProviderSection) or section.fronted_by is not None:
        return None
    return shelf.provider(section.catalogue.value if section.catalogue is not None else key)


def _from_catalogue(key: str, at: At[ProviderSection], shelf: Shelf, problems: Problems) -> tuple[str, ...]:
    section = at.value
    if mentions(at.node, "hosts", ProviderSection):
        return ()  # what is wrong with them has been said
    name = section.catalogue.value if section.catalogue is not None else key
    place = section.catalogue.node.place if section.catalogue is not None else at.node.place
    found = shelf.provider(name)
    if found is None:
        hint = did_you_mean(name, shelf.names(), "providers") if close(name, shelf.names()) else _NO_HOSTS
        problems.add(place, f"the catalogue has no provider {quoted(name)}, and `hosts` is missing", hint)
        return ()
    region = section.region.value if section.region is not None else None
    if section.region is not None and not any("{region}" in each.pattern for each in found.hosts):
        problems.add(section.region.node.place, f"the hosts of {name} have no region in their names")
    return found.patterns(region)


def _base(section: ProviderSection, place: Place, hosts: tuple[str, ...], problems: Problems) -> str | None:
    if section.reverse is None:
        return None
    if section.base is not None:
        return section.base.value.rstrip("/")
    first = next((each for each in hosts if not each.startswith("*.")), None)
    if first is None and hosts:
        problems.add(
            place, "a `reverse` port needs one host that it stands for, got only patterns", "add `base`"
        )
    return f"https://{first}" if first is not None else None


def _check_owners(found: list[Provider], name: str, hosts: tuple[At[str], ...], problems: Problems) -> None:
    for host in hosts:
        for other in (each for each in found if each.edge is None):
            same = host.value.lower() in (each.lower() for each in other.hosts)
            if same or (not host.value.startswith("*.") and other.owns(host.value)):
                problems.add(
                    host.node.place,
                    f"host {quoted(host.value)} already belongs to provider {quoted(other.name)}",
                    "take it out of one of them"
                    if same
                    else f"put {name} before {other.name}: the first one wins",
                )
