"""Remembers what providers answered, for the fault that answers with it later."""

from collections import OrderedDict
from dataclasses import dataclass, field

from mitmproxy import http
from mitmproxy.proxy.layers.http._base import HttpEvent
from mitmproxy.proxy.layers.http._events import (
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseTrailers,
)

from chaoskit.core.call import Call

MOST = 1_000
LARGEST = 1_000_000
ALL = 32_000_000
"""Bytes of bodies."""
_VARY = ("authorization", "cookie", "x-api-key", "api-key", "x-goog-api-key", "accept", "accept-encoding")
"""An answer belongs to whom it was given, and is in the form that was asked for."""

Key = tuple[str | None, ...]


def key_of(call: Call) -> Key:
    """Return what two calls have in common when one may get the other's answer."""
    return (call.provider, call.method, call.host, call.path, *(call.header(name) for name in _VARY))


@dataclass(slots=True)
class Kept:
    """A whole answer."""

    response: http.Response
    body: bytes
    trailers: http.Headers | None = None


@dataclass(slots=True)
class Tape:
    """Listens to one answer as it passes. ``kept`` is there once it has come to its end."""

    key: Key
    kept: Kept | None = None
    _head: http.Response | None = None
    _body: bytearray = field(default_factory=bytearray)
    _trailers: http.Headers | None = None

    def hear(self, event: HttpEvent) -> None:
        """Take in a part of the answer. One that is no success, or too long, is not kept."""
        match event:
            case ResponseHeaders(response=response):
                self._head = response.copy() if 200 <= response.status_code < 300 else None
            case ResponseData(data=data) if self._head is not None:
                self._body += data
                if len(self._body) > LARGEST:
                    self._head = None
                    self._body.clear()
            case ResponseTrailers(trailers=trailers):
                self._trailers = trailers
            case ResponseEndOfMessage() if self._head is not None:
                self.kept = Kept(self._head, bytes(self._body), self._trailers)
            case _:
                pass


class Answers:
    """The latest answer to each kind of call; the one written longest ago is forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._size = 0

    def keep(self, tape: Tape) -> None:
        """Remember what is on the tape, if that is a whole answer."""
        if tape.kept is None:
            return
        self._drop(tape.key)
        self._kept[tape.key] = tape.kept
        self._size += len(tape.kept.body)
        while len(self._kept) > MOST or self._size > ALL:
            self._drop(next(iter(self._kept)))

    def find(self, call: Call) -> Kept | None:
        """Return the latest answer to such a call."""
        return self._kept.get(key_of(call))

    def __len__(self) -> int:
        return len(self._kept)

    def _drop(self, key: Key) -> None:
        old = self._kept.pop(key, None)
        if old is not None:
            self._size -= len(old.body)
