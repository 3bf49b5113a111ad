"""TLS on both sides of the mitm lane: certificates, trust, and which HTTP is spoken."""

# isort: off
import datetime as dt
from pathlib import Path
from typing import Any

import chaoskit.proxy.lean  # noqa: F401 - before the addons

import mitmproxy.ctx
from cryptography import x509
from mitmproxy import certs, tls
from mitmproxy.addons.tlsconfig import AppData, TlsConfig, _ip_or_dns_name, alpn_select_callback
from mitmproxy.options import Options
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.tls import HTTP_ALPNS
from OpenSSL import SSL

from chaoskit.proxy.engine import Engine
from chaoskit.proxy.forgery import Forgery, Shown, Signer
from chaoskit.proxy.hello import Handshake
from chaoskit.proxy.routes import Route

LAYERS: dict[str, tuple[Any, Any]] = {
    "store_streamed_bodies": (bool, False),
    "connection_strategy": (str, "lazy"),
    "stream_large_bodies": (str | None, None),
    "body_size_limit": (str | None, None),
    "keep_host_header": (bool, False),
    "proxy_debug": (bool, False),
    "normalize_outbound_headers": (bool, True),
    "validate_inbound_headers": (bool, True),
    "connect_addr": (str | None, None),
}
"""Options that mitmproxy's layers read. Its addon ``Proxyserver`` would add them, with one other default."""

_VERSIONS = {
    None: 0,  # as new as OpenSSL can
    "1.0": SSL.TLS1_VERSION,
    "1.1": SSL.TLS1_1_VERSION,
    "1.2": SSL.TLS1_2_VERSION,
    "1.3": SSL.TLS1_3_VERSION,
}
_MOST = 256


def options(ca_folder: Path, roots: Path) -> tuple[Options, "Tls"]:
    """Set mitmproxy up, and return its options and its TLS."""
    given = Options(
        mode=[],
        confdir=str(ca_folder),
        ssl_verify_upstream_trusted_ca=str(roots),
        rawtcp=True,
        websocket=False,  # an upgraded connection passes as it is
        tcp_timeout=24 * 3600,
    )
    addon = Certificates()
    addon.load(given)
    for name, (kind, default) in LAYERS.items():
        given.add_option(name, kind, default, "")
    mitmproxy.ctx.options = given  # where its addons read options; of its master nothing is used
    addon.configure({"confdir"})
    return given, Tls(addon)


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
        store = addon.certstore
        authority = Signer(store.default_ca.to_cryptography(), store.default_privatekey)
        self._forgery = Forgery(authority, lambda: dt.datetime.now(dt.UTC))
        self._contexts: dict[tuple[str, str | None, str | None], SSL.Context] = {}
        self.engine: Engine

    def client_hello(self, data: tls.ClientHelloData, route: Route, handshake: Handshake | None) -> None:
        """Offer the client what the provider speaks, or what a fault leaves of it.

        Connections are made lazily, and then the order of the client's own offer would decide:
        httpx names http/1.1 first and would lose HTTP/2 without a word. So the first handshake
        goes through to the provider and is remembered, unless a fault is on, which must not
        let a provider be contacted that it may take away.
        """
        client = data.context.client
        if route.provider is None:
            return
        spoken = self.engine.alpn.get(_speaker(route))
        if b"h2" in client.alpn_offers:
            if spoken is None and not self._is_struck(route):
                data.establish_server_tls_first = True
            elif spoken == b"h2":
                client.alpn = b"h2"
            elif spoken is not None and b"http/1.1" in client.alpn_offers:
                client.alpn = b"http/1.1"
        if handshake is not None:
            usual = client.alpn or next((each for each in client.alpn_offers if each in HTTP_ALPNS), None)
            chosen = handshake.choose(client.alpn_offers, usual)
            if chosen != usual:
                client.alpn = chosen

    def start_client(self, data: tls.TlsData, host: str, handshake: Handshake | None) -> None:
        """Begin the handshake with the client."""
        self._addon.host = host
        problem, highest = (None, None) if handshake is None else handshake.answer()
        if problem is not None or highest is not None:
            self._answer(data, data.context.client.sni or host, problem, highest)
        self._addon.tls_start_client(data)  # leaves alone what is answered already

    def _answer(self, data: tls.TlsData, host: str, problem: str | None, highest: str | None) -> None:
        key = host, problem, highest
        context = self._contexts.get(key)
        if context is None:
            if len(self._contexts) >= _MOST:
                self._contexts.clear()
            if problem is None:
                entry = self._addon.get_cert(data.context)
                shown = Shown(entry.cert.to_cryptography(), entry.privatekey)
            else:
                shown = self._forgery.make(host, problem)
            context = self._contexts[key] = _context(shown, highest)
        data.ssl_conn = SSL.Connection(context)
        data.ssl_conn.set_app_data(
            AppData(client_alpn=data.context.client.alpn, server_alpn=data.context.server.alpn, http2=True)
        )
        data.ssl_conn.set_accept_state()

    def start_server(self, data: tls.TlsData) -> None:
        """Begin the handshake with the provider."""
        self._addon.tls_start_server(data)

    def learn(self, data: tls.TlsData, route: Route) -> None:
        """Remember what the provider chose, if it had the choice."""
        if b"h2" in data.conn.alpn_offers:
            self.engine.alpn[_speaker(route)] = data.conn.alpn or b""

    def _is_struck(self, route: Route) -> bool:
        assert route.provider is not None
        name, groups = route.provider.name, self.engine.ways.groups(route)
        return any(each.injection.is_aimed_at(name, groups) for each in self.engine.switch.active())


def _speaker(route: Route) -> str:
    """Return who chooses what is spoken: a provider, or each host behind an edge for itself."""
    assert route.provider is not None
    return route.provider.name if route.provider.edge is None else f"{route.provider.name} {route.host}"


def _context(shown: Shown, highest: str | None) -> SSL.Context:
    """Return how such a handshake is answered.

    It resumes no session: a client that comes back with one is not shown the certificate.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION if highest in ("1.0", "1.1") else SSL.TLS1_2_VERSION)
    context.set_max_proto_version(_VERSIONS[highest])
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION | SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # weak keys, and TLS before 1.2, are what OpenSSL would refuse to serve at its default level
    context.set_cipher_list(b"@SECLEVEL=0:ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:AESGCM:AES")
    context.set_alpn_select_callback(alpn_select_callback)
    context.use_certificate(shown.certificate)
    context.use_privatekey(shown.key)
    for each in shown.chain:
        context.add_extra_chain_cert(each)
    return context
