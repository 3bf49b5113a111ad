"""How the scalars of a file are written, as annotations of its sections."""

import re
from typing import Annotated, Literal

from chaoskit.core.experiment import Address
from chaoskit.spec import timing, words
from chaoskit.spec.shapes import At, OrOne, Written

Name = Annotated[str, Written("a name", "stripe-down", words.name, words.NAME)]
EndpointName = Annotated[str, Written("a name", "checkout", words.one_line)]
Line = Annotated[str, Written("one line of text", "checkout-survives", words.one_line)]
Host = Annotated[str, Written("a host", "api.example.com", words.host)]
Where = Annotated[Address, Written("an address", "127.0.0.1:8080", words.address)]
Resolver = Annotated[Address, Written("the address of a name server", "192.0.2.53", words.resolver)]
Ip = Annotated[str, Written("an IP address", "127.0.0.1", words.ip)]
Url = Annotated[str, Written("a URL", "http://127.0.0.1:8080", words.url)]
Base = Annotated[str, Written("a URL, or tcp://host:port", "https://api.example.com", words.base)]
Path = Annotated[str, Written("a path", "/items", words.path)]
PathGlob = Annotated[str, Written("a pattern over paths", "/v1/*", words.path_glob)]
PathRegex = Annotated[str, Written("a regular expression over paths", "/v[12]/.*", words.regex)]
HostGlob = Annotated[str, Written("a pattern over hosts", "*.eu-*.example.com", words.host_glob)]
Network = Annotated[str, Written("an address or a network", "10.0.0.0/8", words.network)]
Operation = Annotated[str, Written("a pattern over operations", "PutObject", words.operation)]
Model = Annotated[str, Written("a pattern over models", "gpt-4*", words.model)]
Method = Annotated[str, Written("a method", "POST", words.method)]
Request = Annotated[tuple[str, str], Written("a method and a path", "POST /checkout", words.request)]
Status = Annotated[int, Written("a status", "200", words.status)]
Statuses = Annotated[tuple[Status, ...], OrOne()]
Moment = Annotated[timing.Moment, Written("a moment", "fault + 5s", timing.moment)]
Portion = Annotated[timing.Portion, Written("a share", "30% of requests", timing.portion)]
Workers = Annotated[
    int | Literal["auto"],
    Written("a number of workers", "auto", words.workers, r"\s*(?:auto|[1-9][0-9]?)\s*"),
]
Below = Annotated[float, Written("a comparator and a share", '"< 20%"', words.below)]
Names = Annotated[tuple[At[str], ...], OrOne()]


def suggested_id(kind: str, otherwise: str) -> str:
    """Return a hint for an id that is missing."""
    safe = kind.replace("_", "-")
    return f"for example `id: {f'{safe}-1' if re.fullmatch(words.NAME, safe) else otherwise}`"
