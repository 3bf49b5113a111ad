"""The demo must never reach a real provider.

It starts only behind a proxy on this machine, or in a private network where these names are the fake ones.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] - not in the stubs

from chaoskit_shop.addresses import DemoError
from chaoskit_shop.hosts import HOSTS

_HINT = (
    "; the shop stays off\nhint: start it through chaoskit: `chaoskit run experiments/stripe-blackhole.yaml`"
)


Look = Callable[..., list[Any]]
"""What ``socket.getaddrinfo`` does."""


def demand_safety(environment: Mapping[str, str], allowed: str | None = None) -> None:
    """Raise DemoError unless no call of this process can reach a real provider.

    ``SHOP_NETWORK=private`` is for containers: then no proxy is needed, and from here on this process is led
    to private addresses only, whatever a name server says.
    """
    kind = environment.get("SHOP_NETWORK", "")
    if kind not in ("", "private"):
        raise DemoError(f"expected SHOP_NETWORK to be `private` or nothing, got `{kind}`{_HINT}")
    if not kind:
        demand_proxy(environment, allowed)
        return
    demand_private(HOSTS, socket.getaddrinfo)
    socket.getaddrinfo = private_only(socket.getaddrinfo)


def demand_private(hosts: Iterable[str], look: Look) -> None:
    """Raise DemoError if a name leads outside. One that leads nowhere is a provider that is down: no harm."""

    def outside(host: str) -> str | None:
        try:
            found = look(host, 443, type=socket.SOCK_STREAM)
        except OSError:
            return None
        return next((each[4][0] for each in found if not _is_private(each[4][0])), None)

    names = tuple(hosts)
    # At once: where nothing answers, each of them takes as long as the resolver waits.
    with ThreadPoolExecutor(len(names)) as pool:
        for host, address in zip(names, pool.map(outside, names), strict=True):
            if address is not None:
                raise DemoError(
                    f"expected {host} to lead to a fake provider in a private network, got {address}; "
                    "the shop stays off\nhint: start it with `docker compose -f compose/shop.yaml up`"
                )


def private_only(look: Look) -> Look:
    """Return ``look`` without the addresses that are not private, and failing where none is left.

    A container that is gone takes its name with it, and the next name server may know the real one.
    """

    def looked(*arguments: Any, **more: Any) -> list[Any]:
        found = look(*arguments, **more)
        kept = [each for each in found if _is_private(each[4][0])]
        if found and not kept:
            raise socket.gaierror(socket.EAI_NONAME, "the demo keeps to its private network")
        return kept

    return looked


def demand_proxy(environment: Mapping[str, str], allowed: str | None = None) -> None:
    """Raise DemoError unless every call will go to a proxy on this machine, or on the host ``allowed``.

    A company's own proxy does not count: it would carry the demo's calls to the real providers.
    """
    url = environment.get("https_proxy") or environment.get("HTTPS_PROXY")
    if not url:
        raise DemoError(f"expected HTTPS_PROXY to name chaoskit's proxy, got nothing{_HINT}")
    host = urlsplit(url if "://" in url else f"//{url}").hostname or ""
    if not (_is_loopback(host) or host == allowed):
        raise DemoError(f"expected HTTPS_PROXY to be on this machine, got `{host}`{_HINT}")
    exempt = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    for each in HOSTS:
        if proxy_bypass_environment(each, {"no": exempt}):
            raise DemoError(f"expected NO_PROXY to leave {each} to the proxy, got `{exempt}`{_HINT}")


def _is_private(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_private


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
