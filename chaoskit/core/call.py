"""What a fault may look at: a connection, a call on it, and the answer."""

from dataclasses import dataclass, replace

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A client's connection that names a provider, before any byte of a call.

    ``identity`` is what chance hangs on: the provider and how many connections to it came before.
    """

    identity: str
    provider: str
    host: str
    port: int
    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a provider. ``path`` includes the query. ``body`` is None unless a fault reads it.

    ``identity`` is what chance hangs on; ``identified_by`` says where it came from: ``traceparent``,
    ``x-request-id``, ``idempotency-key``, or ``order`` (method, host, path and the n-th time seen).
    ``connection`` is the ``Connection.identity`` of the connection that it came on.
    """

    identity: str
    identified_by: str
    provider: str
    host: str
    method: str
    path: str
    headers: Headers
    client: str
    connection: str
    body: bytes | None = None

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any case, or None."""
        return header(self.headers, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A provider's answer. ``body`` is None unless a fault reads it."""

    status: int
    headers: Headers
    body: bytes | None = None

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any case, or None."""
        return header(self.headers, name)

    def with_body(self, body: bytes) -> "Answer":
        """Return this answer with another body; its headers are left alone."""
        return replace(self, body=body)


def header(headers: Headers, name: str) -> str | None:
    """Return the value of the first header called ``name``, in any case, or None."""
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return None


def body_length(call: Call, answer: Answer) -> int | None:
    """Return the bytes of the answer's body as far as its head tells them; None if it does not."""
    if call.method.upper() == "HEAD" or answer.status in (204, 304):
        return 0
    stated = (answer.header("content-length") or "").strip()
    return int(stated) if stated.isascii() and stated.isdigit() else None
