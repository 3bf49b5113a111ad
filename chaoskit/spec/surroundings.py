"""Target, providers and proxy: what a file says about them, checked together."""

import ipaddress
from urllib.parse import urlsplit

from chaoskit.core.call import Headers
from chaoskit.core.content import check_headers
from chaoskit.core.experiment import Address, DnsSettings, Provider, ProxySettings, Ready, Target
from chaoskit.spec.nodes import Items, Pairs, Place, Problems, quoted
from chaoskit.spec.scalars import ScalarError
from chaoskit.spec.sections import DnsSection, ProviderSection, ProxySection, TargetSection
from chaoskit.spec.shapes import At
from chaoskit.spec.words import name as read_name


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
    if section.prepare is not None and section.prepare.value and section.command is None:
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
    table: At[tuple[tuple[str, At[ProviderSection]], ...]], problems: Problems
) -> tuple[Provider, ...]:
    """Return the providers whose hosts are known; no host may belong to two."""
    found: list[Provider] = []
    reverses: dict[str, str] = {}
    for key, at in table.value:
        section = at.value
        hosts: tuple[str, ...] = ()
        if section.hosts is not None:
            if isinstance(section.hosts.node, Items) and not section.hosts.node.items:
                problems.add(section.hosts.node.place, "expected at least one host, got none")
            _check_owners(found, key, section.hosts.value, problems)
            hosts = tuple(each.value for each in section.hosts.value)
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
    return tuple(found)


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
        for other in found:
            same = host.value.lower() in (each.lower() for each in other.hosts)
            if same or (not host.value.startswith("*.") and other.owns(host.value)):
                problems.add(
                    host.node.place,
                    f"host {quoted(host.value)} already belongs to provider {quoted(other.name)}",
                    "take it out of one of them"
                    if same
                    else f"put {name} before {other.name}: the first one wins",
                )


def proxy(section: ProxySection, problems: Problems) -> ProxySettings:
    """Return how the proxy listens."""
    workers = section.workers.value if section.workers is not None else 1
    lease = section.lease.value if section.lease is not None else 5.0
    if section.workers is not None and workers > 64:
        problems.add(section.workers.node.place, f"expected at most 64 workers, got {workers}")
    if section.lease is not None and not 2 <= lease <= 60:
        # the controller says that it is alive once a second
        problems.add(section.lease.node.place, f"expected a lease of 2s to 60s, got {lease:g}s")
    return ProxySettings(
        listen=section.listen or Address("127.0.0.1", 0),
        workers=workers,
        lease=lease,
        upstream_ca=section.upstream_ca.value if section.upstream_ca is not None else None,
        dns=_dns(section.dns, problems) if section.dns is not None else None,
    )


def _dns(at: At[Address | DnsSection], problems: Problems) -> DnsSettings | None:
    section = at.value
    if isinstance(section, Address):
        return DnsSettings(listen=section)
    listen = section.listen.value if section.listen is not None else None
    upstream = section.upstream.value if section.upstream is not None else None
    if section.upstream is not None and upstream is not None:
        if upstream.port == 0:
            problems.add(
                section.upstream.node.place, "expected the port of a resolver, got 0", "it is often 53"
            )
        elif upstream == listen:
            problems.add(
                section.upstream.node.place,
                f"`upstream` must be another resolver than `listen`, got {upstream} for both",
                "leave it out, and this machine's own is asked",
            )
    if listen is None:
        return None
    return DnsSettings(listen=listen, upstream=upstream, answer=section.answer or ())
