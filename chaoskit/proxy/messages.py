"""Between mitmproxy's messages and the ones that faults look at. Pure."""

import math
from email.utils import formatdate

from mitmproxy import http
from mitmproxy.net.http import status_codes

from chaoskit.core import template
from chaoskit.core.actions import Reply, Rewrite
from chaoskit.core.call import Answer, Headers, header


def headers_of(message: http.Message) -> Headers:
    """Return the headers as they were sent: order, case and repetitions are kept."""
    return tuple(
        [
            (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape"))
            for name, value in message.headers.fields
        ]
    )


def answer_of(response: http.Response, body: bytes | None) -> Answer:
    """Return what a fault may see of an answer."""
    return Answer(status=response.status_code, headers=headers_of(response), body=body)


def reply_to(request: http.Request, reply: Reply, wall_clock: float) -> http.Response:
    """Return the answer that takes the provider's place. ``wall_clock`` is seconds since 1970."""
    headers, body = reply.headers, reply.body
    if reply.is_timed:
        headers = tuple((name, template.timed(value, wall_clock)) for name, value in headers)
        body = template.timed(body.decode(), wall_clock).encode()
    has_length = any(header(headers, name) is not None for name in ("content-length", "transfer-encoding"))
    if not has_length and reply.status >= 200 and reply.status not in (204, 304):
        headers = (*headers, ("content-length", str(len(body))))
    if reply.retry_date_in is not None:
        # rounded up: a caller that comes back on the date must find the window over
        date = formatdate(-int(-(wall_clock + reply.retry_date_in) // 1), usegmt=True)
        headers = (*headers, ("retry-after", date))
    for name, seconds in reply.epochs:
        headers = (*headers, (name, str(math.ceil(wall_clock + seconds))))
    reason = status_codes.RESPONSES.get(reply.status, "")
    version = b"HTTP/2.0" if request.is_http2 else b"HTTP/1.1"
    return http.Response(
        version, reply.status, reason.encode(), http.Headers(_fields(headers)), body, None, wall_clock, None
    )


def rewrite(response: http.Response, change: Rewrite) -> None:
    """Put the headers of ``change`` in place; ``content-length`` follows its body unless told otherwise."""
    response.headers = http.Headers(_fields(change.headers))
    if change.keep_length or change.body is None:
        return
    if "transfer-encoding" in response.headers:
        response.headers.pop("content-length", None)
    elif "content-length" in response.headers or not response.is_http2:
        response.headers["content-length"] = str(len(change.body))


def unframe(response: http.Response) -> None:
    """Let the answer's body be everything until the connection ends (RFC 9112, 6.3, number 8)."""
    response.trailers = None
    for name in ("content-length", "transfer-encoding", "trailer"):
        response.headers.pop(name, None)
    response.headers["connection"] = "close"


def is_bodiless(request: http.Request, response: http.Response) -> bool:
    """Tell whether no byte of a body may follow the head, whatever its headers say."""
    status = response.status_code
    return request.method.upper() == "HEAD" or status in (204, 304) or 100 <= status < 200


def _fields(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [(n.encode("utf-8", "surrogateescape"), v.encode("utf-8", "surrogateescape")) for n, v in headers]
