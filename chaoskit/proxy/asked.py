"""What a request asks for: the way that it goes, and the call that faults see."""

from collections.abc import Callable

from mitmproxy import http

from chaoskit.core.call import Call, Headers
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.messages import headers_of
from chaoskit.proxy.routes import Route
from chaoskit.proxy.sniff import split_authority


def along(request: http.Request, route: Route) -> Route:
    """Point a request at where its connection goes anyway."""
    request.scheme = "https" if route.tls else "http"
    if route.authority is not None:
        request.host_header = route.authority
        request.path = route.prefix + request.path
    request.data.host, request.data.port = route.dial.host, route.dial.port
    return route


def wherever(request: http.Request, engine: Engine) -> Route | None:
    """Point a request at where it says itself; None where that cannot be told, or is this proxy."""
    where = (request.host, request.port) if request.host else split_authority(request.host_header or "", 80)
    if where is None:
        return None
    route = engine.ways.route_to(*where, tls=request.scheme == "https")
    request.authority = ""  # origin form, which every server understands
    if engine.is_own(route.dial.host, route.dial.port):
        return None
    request.data.host, request.data.port = route.dial.host, route.dial.port
    return route


def call_of(
    request: http.Request,
    route: Route,
    engine: Engine,
    client: str,
    *,
    name: Callable[[Headers, str, str, str], tuple[str, str]] = lambda *_: ("", ""),
    connection: str = "",
    body: bytes | None = None,
) -> Call:
    """Return the call; without a ``name`` it has no identity yet, and counts as none."""
    assert route.provider is not None
    provider = route.provider.name
    host = route.host
    authority = request.authority or request.host_header
    if authority and authority != host:
        named = split_authority(authority, route.port)
        if named and named[0] != host and engine.ways.owner(named[0]) is route.provider:
            host = named[0]
    headers, method, path = headers_of(request), request.method, request.path
    identity, by = name(headers, method, host, path)
    return Call(
        identity=identity,
        identified_by=by,
        provider=provider,
        host=host,
        method=method,
        path=path,
        headers=headers,
        client=client,
        connection=connection,
        is_http2=request.is_http2,
        body=body,
        groups=engine.ways.groups_of(host, provider),
    )
