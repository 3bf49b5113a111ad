"""TLS on both sides of the mitm lane: certificates, trust, and which HTTP is spoken."""

# isort: off
from pathlib import Path

import chaoskit.proxy.lean  # noqa: F401 - before the addons

import mitmproxy.ctx
from cryptography import x509
from mitmproxy import certs, tls
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.addons.tlsconfig import TlsConfig, _ip_or_dns_name
from mitmproxy.master import Master
from mitmproxy.options import Options
from mitmproxy.proxy.context import Context

from chaoskit.core.experiment import Provider
from chaoskit.proxy.engine import Engine


def options(ca_folder: Path, roots: Path) -> tuple[Options, "Tls"]:
    """Set mitmproxy up, and return its options and its TLS. Needs a running event loop.

    The Master is never run: it exists because its addons read options through it.
    """
    given = Options(
        mode=[],
        confdir=str(ca_folder),
        ssl_verify_upstream_trusted_ca=str(roots),
        rawtcp=True,
        websocket=False,  # an upgraded connection passes as it is
        tcp_timeout=24 * 3600,
    )
    master = Master(given)
    master._legacy_log_events.uninstall()  # noqa: SLF001 - it would call addons for every log line
    addon = Certificates()
    master.addons.add(Proxyserver(), addon)
    given.update(connection_strategy="lazy")
    addon.configure({"confdir"})
    return mitmproxy.ctx.options, Tls(addon)


class Certificates(TlsConfig):
    """Signs for the host that the client asked for, and for nothing else."""

    name = "tlsconfig"
    host = ""

    def get_cert(self, conn_context: Context) -> certs.CertStoreEntry:
        name: x509.GeneralName = _ip_or_dns_name(conn_context.client.sni or self.host)
        return self.certstore.get_cert(str(name.value), [name])


class Tls:
    """What the handler asks for when a handshake begins."""

    def __init__(self, addon: Certificates) -> None:
        self._addon = addon
        self.engine: Engine

    def client_hello(self, data: tls.ClientHelloData, provider: Provider | None) -> None:
        """Offer the client what the provider speaks.

        Connections are made lazily, and then the order of the client's own offer would decide:
        httpx names http/1.1 first and would lose HTTP/2 without a word. So the first handshake
        goes through to the provider and is remembered, unless a fault is on, which must not
        let a provider be contacted that it may take away.
        """
        client = data.context.client
        if b"h2" not in client.alpn_offers or provider is None:
            return
        spoken = self.engine.alpn.get(provider.name)
        if spoken is None and not self._is_struck(provider):
            data.establish_server_tls_first = True
        elif spoken == b"h2":
            client.alpn = b"h2"
        elif b"http/1.1" in client.alpn_offers:
            client.alpn = b"http/1.1"

    def start_client(self, data: tls.TlsData, host: str) -> None:
        """Begin the handshake with the client."""
        self._addon.host = host
        self._addon.tls_start_client(data)

    def start_server(self, data: tls.TlsData) -> None:
        """Begin the handshake with the provider."""
        self._addon.tls_start_server(data)

    def learn(self, data: tls.TlsData, provider: Provider) -> None:
        """Remember what the provider chose, if it had the choice."""
        if b"h2" in data.conn.alpn_offers:
            self.engine.alpn[provider.name] = data.conn.alpn or b""

    def _is_struck(self, provider: Provider) -> bool:
        return any(each.injection.provider == provider.name for each in self.engine.switch.active())
