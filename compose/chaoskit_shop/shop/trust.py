"""Which certificates the shop believes: those of the environment's bundle, loaded once for all threads.

requests loads the bundle again for each new connection. One of 263 certificates took 160 to 250 ms to load on
two busy cores, about as long as the shop gives a provider to answer.
"""

import ssl
from collections.abc import Mapping
from typing import Any

from requests.adapters import HTTPAdapter

from chaoskit_shop.addresses import DemoError

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def trusted(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context that believes the bundle which the environment names, else the system's own."""
    named = [(name, environment[name]) for name in _VARIABLES if environment.get(name)]
    if not named:
        return ssl.create_default_context()
    name, path = named[0]
    try:
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        raise DemoError(f"expected {name} to name a file of certificates, got `{path}`: {error}") from error


class Trusting(HTTPAdapter):
    """Connections that share one context, instead of a bundle loaded for each."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
        super().init_poolmanager(*arguments, **more, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        return super().proxy_manager_for(proxy, **more, ssl_context=self._context)

    def build_connection_pool_key_attributes(self, *arguments: Any, **more: Any) -> Any:
        host, pool = super().build_connection_pool_key_attributes(*arguments, **more)
        pool.pop("ca_certs", None)
        return host, pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"
