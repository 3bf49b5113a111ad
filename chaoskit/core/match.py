"""Which calls, connections or questions an injection is about, and what a sticky choice hangs on."""

import json
import re
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Any, Protocol
from urllib.parse import parse_qsl

from chaoskit.core.call import Call, Headers
from chaoskit.core.content import decoded
from chaoskit.core.frozen import frozen
from chaoskit.core.operation import model, model_is_in_body, operation, operation_is_in_body


class Reached(Protocol):
    """What a call, a connection, a TLS hello and a DNS question have in common."""

    @property
    def host(self) -> str: ...
    @property
    def client(self) -> str: ...


@frozen(kw_only=True)
class Key:
    """Whose calls belong together: those with the same value of a header, or of one client.

    ``header``: its name. Calls without it belong together too.
    ``client``: true for the client's address.
    """

    header: str | None = None
    client: bool = False

    def __post_init__(self) -> None:
        if (self.header is not None) == self.client:
            given = "both" if self.client else "neither"
            raise ValueError(f"a key is a header's name or client: true, got {given}")
        if self.header is not None and not re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", self.header):
            raise ValueError(f"header must be a header's name, got {self.header!r}")

    def of(self, call: Call) -> str:
        """Return what calls must share to belong together."""
        return call.client if self.header is None else call.header(self.header) or ""

    def __str__(self) -> str:
        return "each client" if self.header is None else f"each {self.header}"


@frozen(kw_only=True)
class Match:
    """What an injection is about; every part that is given must hold. No part: everything.

    Of a connection, a TLS hello and a DNS question only ``host`` and ``client`` are known.
    """

    method: tuple[str, ...] = ()
    path: str | None = None  # a glob over the path without its query
    path_regex: str | None = None  # must match that whole path
    host: str | None = None  # a glob
    query: Headers = ()  # name and glob
    header: Headers = ()  # name and glob
    json: Headers = ()  # dotted path into the body, and glob
    content_type: str | None = None  # a glob over it, without parameters
    client: str | None = None  # an address or a network
    operation: tuple[str, ...] = ()  # globs; one must fit
    model: tuple[str, ...] = ()  # globs; one must fit

    def takes(self, call: Call) -> bool:
        """Tell whether ``call`` is meant. Without its body, none is whose body must be looked at."""
        return self.takes_head(call) and (not self.reads_body(call) or self._takes_body(call))

    def reads_body(self, call: Call) -> bool:
        """Tell whether only the body of ``call`` can tell if it is meant."""
        return (
            bool(self.json)
            or (bool(self.operation) and operation_is_in_body(call))
            or (bool(self.model) and model_is_in_body(call))
        )

    def takes_head(self, call: Call) -> bool:
        """Tell whether ``call`` is meant as far as can be told without its body."""
        if not self.takes_line(call):
            return False
        if self.content_type is not None:
            kind = (call.header("content-type") or "").partition(";")[0].strip().lower()
            if not fnmatchcase(kind, self.content_type.lower()):
                return False
        for name, glob in self.header:
            value = call.header(name)
            if value is None or not fnmatchcase(value, glob):
                return False
        if self.query:
            given = parse_qsl(call.path.partition("?")[2], keep_blank_values=True)
            if not all(
                any(n == name and fnmatchcase(v, glob) for n, v in given) for name, glob in self.query
            ):
                return False
        if self.operation and not operation_is_in_body(call) and not _is_one(operation(call), self.operation):
            return False
        if self.model and not model_is_in_body(call) and not _is_one(model(call), self.model):
            return False
        return self.client is None or _is_in(call.client, self.client)

    def takes_line(self, call: Call) -> bool:
        """Tell whether method, host and path fit, without its query: the same for many calls."""
        path = call.path.partition("?")[0]
        if self.method and call.method.upper() not in self.method:
            return False
        if self.path is not None and not fnmatchcase(path, self.path):
            return False
        if self.path_regex is not None and re.fullmatch(self.path_regex, path) is None:
            return False
        return self._takes_host(call)

    def takes_place(self, subject: Reached) -> bool:
        """Tell whether ``host`` and ``client`` fit, which every layer knows."""
        return self._takes_host(subject) and (self.client is None or _is_in(subject.client, self.client))

    def _takes_host(self, subject: Reached) -> bool:
        return self.host is None or fnmatchcase(subject.host.rstrip(".").lower(), self.host.lower())

    def _takes_body(self, call: Call) -> bool:
        if self.operation and not _is_one(operation(call), self.operation):
            return False
        if self.model and not _is_one(model(call), self.model):
            return False
        return not self.json or self._takes_json(call)

    def _takes_json(self, call: Call) -> bool:
        text = None if call.body is None else decoded(call.headers, call.body)
        if not text:
            return False
        try:
            document: Any = json.loads(text)
        except (ValueError, RecursionError):
            return False
        return all(_fits(document, path.split("."), glob) for path, glob in self.json)

    @property
    def is_everything(self) -> bool:
        return self == Match()

    @property
    def is_about_calls(self) -> bool:
        """Whether a part is given that only a call can be asked about."""
        return self != Match(host=self.host, client=self.client)


def _is_in(client: str, network: str) -> bool:
    try:
        return ip_address(client) in ip_network(network, strict=False)
    except ValueError:  # a client without an address of its own
        return False


def _is_one(name: str | None, globs: tuple[str, ...]) -> bool:
    return name is not None and any(fnmatchcase(name, glob) for glob in globs)


def _fits(node: Any, steps: list[str], glob: str) -> bool:
    found = node
    for step in steps:
        try:
            found = found[int(step) if isinstance(found, list) else step]
        except (LookupError, TypeError, ValueError):
            return False
    if isinstance(found, dict | list):
        return False
    return fnmatchcase(found if isinstance(found, str) else json.dumps(found), glob)
