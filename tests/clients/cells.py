"""The words of the matrix: a row is a fault, a cell is one client's call under it, a class is what it saw.

- ``whole``, ``late``: the answer as it is; a row that wants ``whole`` takes ``late`` too, a row that wants
  ``late`` does not take ``whole``
- ``short``, ``damaged``, ``status N``: good HTTP with less of the body, with another one, with that status
- ``silence``: nothing comes; ``stalled``: an answer begins and nothing more comes. The client's timeout
- ``refused``: the connection, its TLS included, cannot be made
- ``reset``, ``closed``: the connection ends by RST or by FIN before an answer; ``cut``: in the middle of one
- ``certificate …``, ``tls alert``, ``tls version``, ``protocol error``, ``dns``: as the client says itself
"""

import json
from dataclasses import KW_ONLY, dataclass, field

import ai_provider

SIZE = 4000
BYTES = f"bytes/{SIZE}"
EVENTS = "events/9/5"
SSE = "sse/9/5"
CHAT = "chat/5"
TOKEN = "Bearer good"
"""What every client sends as ``authorization``."""
LATE = 0.4
"""Seconds that a row which is to be late adds. Every client sees at least that; no upper bound is tested."""
SHORT = 2.0
"""Seconds after which a client gives up that is to see silence."""
LONG = 20.0


@dataclass(frozen=True)
class Row:
    """One fault, and the class that each client must see: ``expect``, or ``but`` for some, ``because``.

    ``own``: the row has a provider of its own, for faults below a call, which no path can match.
    ``contacted``: False if the provider must not get the call, True if it must, None if either is right.
    ``left_alone``: clients that it is not about, such as those that do not speak HTTP/2.
    ``spared``: calls of the row that the fault leaves alone, first of all (a quota's).
    ``asked_before``: each client's call is made once before there is a fault.
    ``rounds``: calls that a client may make of one, because it goes where it is sent.
    ``copies``: calls that the provider gets of one.
    """

    name: str
    fault: str | None
    expect: str
    _: KW_ONLY
    path: str = BYTES
    but: dict[str, str] = field(default_factory=dict)
    because: str = ""
    own: bool = False
    contacted: bool | None = None
    spared: int = 0
    asked_before: bool = False
    rounds: int = 1
    copies: int = 1
    left_alone: tuple[str, ...] = ()
    layer: str = ""

    @property
    def host(self) -> str:
        return f"{self.name if self.own else 'api'}.pay.example"

    def url(self, client: str) -> str:
        return f"https://{self.host}/{self.name}/{client}/{self.path}"

    def wanted(self, client: str) -> set[str]:
        """Return the classes that are right for a client."""
        wanted = set(self.but.get(client, self.expect).split(" or "))
        return wanted | {"late"} if "whole" in wanted else wanted

    def timeout(self, client: str) -> float:
        return SHORT if {"silence", "stalled"} & self.wanted(client) else LONG


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a client saw: an answer, or an ``error`` in its own words with its ``kind``, or both."""

    status: int | None = None
    body: bytes = b""
    kind: str | None = None
    error: str = ""
    first: float = 0.0
    seconds: float = 0.0

    def judged(self, path: str) -> str:
        """Return the class."""
        if self.kind == "timeout":
            return "silence" if self.status is None else "stalled"
        if self.kind is not None:
            is_end = self.kind in ("reset", "closed", "refused")
            return "cut" if is_end and self.status is not None else self.kind
        if self.status != 200:
            return f"status {self.status}"
        if (differs := difference(self.body, path)) is not None:
            return differs
        return "late" if self.seconds >= LATE - 0.01 else "whole"


def difference(body: bytes, path: str) -> str | None:
    """Return ``short`` or ``damaged`` where that is not what the provider sends for ``path``."""
    match path.split("/"):
        case ["bytes", n]:
            whole = b"x" * int(n)
        case ["events" | "sse", n, _]:
            whole = b"".join(b"data: %d\n\n" % i for i in range(int(n)))
        case ["chat", _]:
            whole = b"".join(ai_provider.CHAT)
        case _:
            try:
                return None if "method" in json.loads(body) else "damaged"
            except ValueError:
                return "damaged"
    if body == whole:
        return None
    return "short" if whole.startswith(body) else "damaged"
