"""Sends the requests of a YAML workload: a total deadline, one try, a bounded answer.

It uses the client under Locust's FastHttpUser directly: FastHttpSession loses the sample of an error answer
whose body is not UTF-8, reads bodies without a bound and follows redirects to other hosts.
"""

import ssl
from typing import Literal
from urllib.parse import quote, urlsplit

import gevent
from geventhttpclient.client import HTTPClient
from geventhttpclient.header import Headers as WireHeaders
from geventhttpclient.response import HTTPSocketPoolResponse

from chaoskit.core.call import Headers
from chaoskit.core.experiment import Endpoint
from chaoskit.load.causes import cause_of, was_connecting
from chaoskit.load.expect import Received, reads_body

LARGEST = 64 * 1024 * 1024
"""Bytes of a body; a longer one is a bad answer."""

_CHUNK = 64 * 1024
_SAFE = "!#$%&'()*+,/:;=?@[]~"  # what a path may contain as it is; the rest is percent-encoded


class NoAnswerError(Exception):
    """The request has no answer that could be judged; ``cause`` is one of ``CAUSES``."""

    def __init__(self, cause: str, *, by_deadline: bool = False, status: int = 0, size: int = 0) -> None:
        super().__init__(cause)
        self.cause = cause
        self.by_deadline = by_deadline
        self.status = status
        self.size = size


def unverified() -> ssl.SSLContext:
    """Return the TLS context that all users share; the target's certificate is not what is being tested."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Sender:
    """Sends to ``url``'s host and nowhere else; redirects are answers like any other.

    All users share its connections: an idle one is taken again before a new one is opened, so there are
    no more than there are requests at once. One for each user would fill a small server's limit.
    """

    def __init__(
        self, url: str, deadline: float, connections: Literal["reuse", "new"], tls: ssl.SSLContext
    ) -> None:
        """Connect to nothing yet. ``deadline`` is the longest that a request may take, in seconds."""
        self._origin = f"{urlsplit(url).scheme}://{urlsplit(url).netloc.rpartition('@')[2]}/"
        self._prefix = urlsplit(url).path.rstrip("/")
        self._deadline = deadline
        self._keeps = connections == "reuse"
        self._tls = tls
        self._client = self._connect()

    def send(self, endpoint: Endpoint, trace: str, seconds: float) -> Received:
        """Send one request and read its answer to the end within ``seconds``; raises ``NoAnswerError``."""
        response: HTTPSocketPoolResponse | None = None
        timer = gevent.Timeout(max(0.001, seconds))
        client = self._client if self._keeps else self._connect()
        try:
            with timer:
                response = client.request(
                    endpoint.method,
                    quote(self._prefix + endpoint.path.partition("#")[0], safe=_SAFE),
                    body=endpoint.body or b"",
                    headers=_headers(endpoint.headers, trace),
                )
                return _read(response, keeps=reads_body(endpoint))
        except gevent.Timeout as fired:
            if fired is not timer:
                raise
            cause = "connect timeout" if was_connecting(fired.__traceback__) else "deadline"
            raise NoAnswerError(cause, by_deadline=True, status=_status(response)) from None
        except NoAnswerError:
            raise
        except Exception as error:
            raise NoAnswerError(cause_of(error), status=_status(response)) from error
        finally:
            if not self._keeps:
                client.close()

    def _connect(self) -> HTTPClient:
        return HTTPClient.from_url(
            self._origin,
            headers={"user-agent": "chaoskit"},
            # No bound: a timeout in the middle of a send leaks one of these, and users bound the rest.
            concurrency=1_000_000,
            # Above the total deadline, so that it is always the deadline that ends a request.
            connection_timeout=2 * self._deadline + 1,
            network_timeout=2 * self._deadline + 1,
            ssl_context_factory=lambda **_: self._tls,
            insecure=True,
        )


def _headers(own: Headers, trace: str) -> WireHeaders:
    headers = WireHeaders()
    for name, value in own:
        headers.add(name, value)
    if "traceparent" not in headers:
        headers.add("traceparent", trace)
    return headers


def _status(response: HTTPSocketPoolResponse | None) -> int:
    return 0 if response is None else response.get_code()


def _read(response: HTTPSocketPoolResponse, *, keeps: bool) -> Received:
    size = 0
    parts: list[bytes] = []
    while part := response.read(_CHUNK):
        size += len(part)
        if size > LARGEST:
            response.release()
            raise NoAnswerError("bad answer", status=response.get_code(), size=size)
        if keeps:
            parts.append(part)
        if len(part) == _CHUNK:
            # A server that is faster than this loop never lets recv() wait: else no timer would fire.
            gevent.sleep(0)
    return Received(response.get_code(), tuple(response.headers), size, b"".join(parts))
