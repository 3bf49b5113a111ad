"""Where a connection or a request really goes. Pure."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from chaoskit.core.experiment import Address, Experiment, Provider
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class Route:
    """``host`` and ``port`` are what the client asked for, ``dial`` is what is connected to.

    ``tls`` is about the way to the provider. ``is_plain_tcp``: of what is spoken on it, nothing is known.
    ``authority`` and ``prefix`` are set for a reverse listener: the Host header that the provider must see,
    and what its paths begin with.
    """

    host: str
    port: int
    provider: Provider | None
    dial: Address
    tls: bool = False
    is_plain_tcp: bool = False
    authority: str | None = None
    prefix: str = ""


def route_to(
    experiment: Experiment, host: str, port: int, *, tls: bool = False, edges: Sequence[str] = ()
) -> Route:
    """Return the way to ``host``, which is behind ``edges``; the first provider that owns it is meant."""
    provider = owner(experiment, host, edges)
    dial = Address(host, port)
    if provider is not None and provider.resolve is not None:
        dial = provider.resolve
    return Route(host=host, port=port, provider=provider, dial=dial, tls=tls)


def route_to_address(
    experiment: Experiment,
    where: Address,
    name: str | None,
    *,
    tls: bool = False,
    edges: Sequence[str] = (),
) -> Route:
    """Return the way of a client that dialled ``where`` itself, and named ``name`` (SNI or Host) there.

    It goes on to the same address, unless the provider's ``resolve`` says otherwise.
    """
    host = where.host if name is None else name
    provider = owner(experiment, host) or owner(experiment, where.host, edges)
    dial = where if provider is None or provider.resolve is None else provider.resolve
    return Route(host=host, port=where.port, provider=provider, dial=dial, tls=tls)


def owner(experiment: Experiment, host: str, edges: Sequence[str] = ()) -> Provider | None:
    """Return the provider that ``host`` belongs to: the first that owns it, else the edge it is behind."""
    found = next((each for each in experiment.providers if each.owns(host)), None)
    return experiment.provider(edges[0]) if found is None and edges else found


def reverse_route(provider: Provider) -> Route:
    """Return the way that a reverse listener of ``provider`` stands for."""
    base = urlsplit(provider.base or f"https://{provider.hosts[0]}")
    if provider.is_plain_tcp:
        assert base.hostname is not None
        assert base.port is not None
        return Route(
            host=base.hostname,
            port=base.port,
            provider=provider,
            dial=provider.resolve or Address(base.hostname, base.port),
            is_plain_tcp=True,
        )
    is_tls = base.scheme == "https"
    host = (base.hostname or provider.hosts[0]).lower()
    port = base.port or (443 if is_tls else 80)
    return Route(
        host=host,
        port=port,
        provider=provider,
        dial=provider.resolve or Address(host, port),
        tls=is_tls,
        authority=base.netloc.rpartition("@")[2],
        prefix=base.path.rstrip("/"),
    )
