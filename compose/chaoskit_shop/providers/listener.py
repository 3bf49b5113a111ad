"""One TLS listener for all fake providers: the certificate follows SNI, the application the Host header."""

import contextlib
import io
import ssl as plain_ssl
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gevent import socket, ssl
from gevent.pywsgi import WSGIHandler, WSGIServer

from chaoskit_shop.addresses import listen
from chaoskit_shop.certificates import Certificates

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def server(
    host: str, port: int, certificates: Certificates, applications: Mapping[str, Application]
) -> WSGIServer:
    """Return a server that is bound and not yet started; DemoError if the port is taken."""
    bound = listen(host, port, "--providers")
    own = socket.socket(bound.family, bound.type, bound.proto, fileno=bound.detach())
    own.setblocking(False)  # noqa: FBT003 - its only parameter is positional
    return _Server(own, by_host(applications), log=None, ssl_context=_context(certificates))


class _Handler(WSGIHandler):
    # A caller that leaves in the middle of a stream ends its TLS with it.
    ignored_socket_errors = (*WSGIHandler.ignored_socket_errors, plain_ssl.SSL_ERROR_EOF)


class _Server(WSGIServer):
    handler_class = _Handler

    def wrap_socket_and_handle(self, client_socket: Any, address: Any) -> Any:
        # A caller that leaves during the handshake is what these experiments are made of, not news.
        with contextlib.suppress(plain_ssl.SSLError, ConnectionError):
            return super().wrap_socket_and_handle(client_socket, address)


def by_host(applications: Mapping[str, Application]) -> Application:
    """Return an application that hands each request to its host's own; 421 to any other host."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        name = environ.get("HTTP_HOST", "").partition(":")[0].lower()
        chosen = applications.get(name)
        if chosen is None:
            start_response("421 Misdirected Request", [("content-type", "text/plain")])
            return [f"no fake provider is called `{name}`\n".encode()]
        try:
            body = environ["wsgi.input"].read()
        except OSError:
            # The caller left in the middle of its request: nobody is there to be answered.
            start_response("400 Bad Request", [("content-length", "0")])
            return []
        whole = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True}
        return chosen({**environ, **whole}, start_response)

    return application


def _context(certificates: Certificates) -> ssl.SSLContext:
    contexts: dict[str, ssl.SSLContext] = {}
    for name, pair in certificates.hosts.items():
        contexts[name] = ssl.SSLContext(plain_ssl.PROTOCOL_TLS_SERVER)
        contexts[name].load_cert_chain(pair.certificate, pair.key)

    def choose(sock: Any, name: str | None, _: ssl.SSLContext) -> int | None:
        if name not in contexts:
            return plain_ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        sock.context = contexts[name]
        return None

    outer = ssl.SSLContext(plain_ssl.PROTOCOL_TLS_SERVER)
    outer.sni_callback = choose
    return outer
