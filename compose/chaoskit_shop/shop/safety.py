"""The demo must never reach a real provider: it starts only behind a proxy on this machine."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] - not in the stubs

from chaoskit_shop.addresses import DemoError
from chaoskit_shop.hosts import HOSTS

_HINT = (
    "; the shop stays off\nhint: start it through chaoskit: `chaoskit run experiments/stripe-blackhole.yaml`"
)


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


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
