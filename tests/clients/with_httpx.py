"""httpx, over HTTP/1.1 and HTTP/2. Its classes tell a connection that cannot be made from one that breaks."""

import time

import h2.exceptions
import httpx

from cells import TOKEN, Row, Seen
from told import by_openssl


def version() -> str:
    return httpx.__version__


def call(row: Row, timeout: float, environment: dict[str, str], trust, *, http2: bool = False) -> Seen:
    status, body, first, kind, error = None, b"", 0.0, None, ""
    began = time.monotonic()
    try:
        with (
            httpx.Client(
                http2=http2, proxy=environment["HTTPS_PROXY"], verify=trust, timeout=timeout
            ) as client,
            client.stream(
                "GET", row.url("httpx-h2" if http2 else "httpx"), headers={"authorization": TOKEN}
            ) as answer,
        ):
            status = answer.status_code
            # a fault that takes HTTP/2 away has a provider of its own
            assert answer.http_version == ("HTTP/2" if http2 else "HTTP/1.1") or row.own
            for part in answer.iter_raw():
                first = first or time.monotonic() - began
                body += part
    except (httpx.HTTPError, h2.exceptions.ProtocolError) as problem:  # httpx lets h2's own escape
        kind, error = kind_of(problem), type(problem).__name__
        if kind.startswith(("certificate", "tls")) or http2:
            error += f": {str(problem).split(': ', 1)[-1].split(' (_ssl')[0][:70]}"
    return Seen(
        status=status, body=body, kind=kind, error=error, first=first, seconds=time.monotonic() - began
    )


def kind_of(problem: Exception) -> str:
    text = str(problem)
    match problem:
        case httpx.TimeoutException():
            return "timeout"
        case httpx.ConnectError():
            return by_openssl(text) or "refused"
        case httpx.ReadError() | httpx.WriteError():
            return by_openssl(text) or ("closed" if "EOF" in text else "reset")
        case httpx.RemoteProtocolError() if "disconnected" in text or "closed" in text:
            return "closed"
        case httpx.RemoteProtocolError() if "StreamReset" in text or "ConnectionTerminated" in text:
            return "reset"
        case httpx.TooManyRedirects():
            return "redirects"
    return "protocol error"
