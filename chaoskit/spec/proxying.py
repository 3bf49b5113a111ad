"""How the proxy stands between target and providers: what a file says about it, checked together."""

from chaoskit.core.experiment import Address, DnsSettings, Provider, ProxySettings, Transparent
from chaoskit.spec.nodes import Problems, quoted
from chaoskit.spec.sections import DnsSection, ProxySection, TransparentSection
from chaoskit.spec.shapes import At


def proxy(section: ProxySection, providers: tuple[Provider, ...], problems: Problems) -> ProxySettings:
    """Return how the proxy listens."""
    workers = section.workers.value if section.workers is not None else 1
    lease = section.lease.value if section.lease is not None else 5.0
    if section.lease is not None and not 2 <= lease <= 60:
        # the controller says that it is alive once a second
        problems.add(section.lease.node.place, f"expected a lease of 2s to 60s, got {lease:g}s")
    return ProxySettings(
        listen=section.listen or Address("127.0.0.1", 0),
        workers=workers,
        lease=lease,
        upstream_ca=section.upstream_ca.value if section.upstream_ca is not None else None,
        gateway=section.gateway.value if section.gateway is not None else (),
        resolver=section.resolver,
        transparent=_transparent(section.transparent, providers, problems),
        dns=_dns(section.dns, problems) if section.dns is not None else None,
    )


def _transparent(
    at: At[TransparentSection] | None, providers: tuple[Provider, ...], problems: Problems
) -> Transparent | None:
    if at is None:
        return None
    section = at.value
    ports = (443, 80) if section.ports is None else tuple(int(each) for each in section.ports.value)
    if section.ports is not None:
        if not ports:
            problems.add(
                section.ports.node.place, "expected at least one port, got none", "leave the key out"
            )
        for port in ports:
            if port > 65535:
                problems.add(section.ports.node.place, f"expected a port of at most 65535, got {port}")
    to = section.to.value if section.to is not None else "everything"
    edges = [each.name for each in providers if each.edge is not None]
    if section.to is not None and to == "providers" and edges:
        problems.add(
            section.to.node.place,
            f"`to: providers` needs addresses, and those behind {quoted(edges[0])} are not known",
            "write `to: everything`: what belongs to no provider passes untouched",
        )
    patterns = [host for each in providers for host in each.hosts if host.startswith("*.")]
    if section.to is not None and to == "providers" and patterns:
        problems.add(
            section.to.node.place,
            f"`to: providers` needs addresses, and the pattern {quoted(patterns[0])} has none",
            "name the hosts, or write `to: everything`: what belongs to no provider passes untouched",
        )
    return Transparent(ports=ports, to=to, quic=section.quic or "block")


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
