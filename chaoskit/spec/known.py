"""A provider's file of the catalogue: its declaration, and text to a KnownProvider, all problems at once."""

import json
from typing import Annotated, Any

from chaoskit.catalogue.provider import Basis, Category, Dialect, HostPattern, KnownProvider
from chaoskit.core.call import Headers
from chaoskit.core.content import check_headers
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Seconds
from chaoskit.spec import registry, words
from chaoskit.spec.document import document
from chaoskit.spec.nodes import Problems
from chaoskit.spec.shapes import AnyJson, At, Named, OneOf, OrOne, Section, Written, mentions
from chaoskit.spec.written import Line, Name, Status, Url

Pattern = Annotated[str, Written("a host or a pattern", "s3.{region}.amazonaws.com", words.host_pattern)]


@frozen(kw_only=True)
class HostSection(Section):
    """Hosts of the provider.

    ``host``: one, or a list; ``*`` and names in braces stand for one label.
    ``basis``: how it is known.
    """

    host: Annotated[tuple[Pattern, ...], OrOne()] | None
    basis: Basis = "general"


@frozen(kw_only=True)
class DialectSection(Section):
    """One way in which the provider fails: an answer, or any other fault.

    ``when``: what happens at the provider.
    ``basis``: how it is known.
    ``status``: of the answer.
    ``headers``: of the answer.
    ``json``: its body, as JSON.
    ``body``: its body as text, instead.
    ``wait``: how long it takes to come.
    ``fault``: instead of an answer, a fault over its parameters.
    ``raises``: what the vendor's own SDKs make of it: the SDK's name and its exception.
    ``sources``: addresses.
    ``note``: what a user should know.
    """

    when: Line | None
    basis: Basis | None
    status: At[Status] | None = None
    headers: Headers | None = None
    json: At[Annotated[bytes, AnyJson()]] | None = None
    body: At[str] | None = None
    wait: Seconds | None = None
    fault: At[Annotated[Named[Fault], OneOf("fault", registry.faults)]] | None = None
    raises: Headers | None = None
    sources: Annotated[tuple[str, ...], OrOne()] | None = None
    note: str | None = None


@frozen(kw_only=True)
class KnownProviderSection(Section):
    """A provider as the catalogue knows it.

    ``version``: of this format: 1.
    ``name``: what experiments call it.
    ``title``: what people call it.
    ``category``: what it is for.
    ``hosts``: where it is.
    ``protocols``: what it speaks.
    ``fronted_by``: the edge that it is known to be behind.
    ``clients``: its client libraries.
    ``status_page``: where it says how it is.
    ``ip_ranges``: where it publishes its addresses.
    ``errors``: its ways to fail, by name.
    ``note``: what a user should know.
    """

    version: Annotated[str, Written("a version", "1", words.version)] | None
    name: Name | None
    title: Line | None
    category: Category | None
    hosts: At[tuple[HostSection, ...]] | None
    protocols: Annotated[tuple[str, ...], OrOne()] | None = None
    fronted_by: Name | None = None
    clients: Annotated[tuple[str, ...], OrOne()] | None = None
    status_page: Url | None = None
    ip_ranges: str | None = None
    errors: tuple[tuple[str, At[DialectSection]], ...] | None = None
    note: str | None = None


def known_provider(path: str, text: str) -> KnownProvider:
    """Return the provider that ``text`` describes. ``path`` is only for messages. Raises SpecError."""
    return document(path, text, KnownProviderSection, _provider)


def _provider(section: KnownProviderSection, problems: Problems) -> KnownProvider | None:
    dialects = [_dialect(name, at, problems) for name, at in section.errors or ()]
    hosts: list[HostPattern] = []
    for each in section.hosts.value if section.hosts is not None else ():
        hosts += [HostPattern(host, each.basis) for host in each.host or ()]
    if section.hosts is not None and not section.hosts.value:
        problems.add(section.hosts.node.place, "expected at least one host, got none")
    if section.name is None or section.title is None or section.category is None:
        return None
    return KnownProvider(
        name=section.name,
        title=section.title,
        category=section.category,
        hosts=tuple(hosts),
        protocols=section.protocols or (),
        fronted_by=section.fronted_by,
        clients=section.clients or (),
        status_page=section.status_page,
        ip_ranges=section.ip_ranges,
        errors=tuple(each for each in dialects if each is not None),
        note=section.note or "",
    )


def _dialect(name: str, at: At[DialectSection], problems: Problems) -> Dialect | None:
    section = at.value
    if section.basis == "sourced" and not section.sources:
        problems.add(at.node.place, f"`{name}` is `sourced` and names no source", "add `sources`")
    fault = _fault(name, at, problems)
    if fault is None or section.when is None or section.basis is None:
        return None
    return Dialect(
        name=name,
        when=section.when,
        basis=section.basis,
        fault=fault.value,
        fault_name=fault.name,
        raises=section.raises or (),
        sources=section.sources or (),
        note=section.note or "",
    )


def _fault(name: str, at: At[DialectSection], problems: Problems) -> Named[Fault] | None:
    section = at.value
    answer = [
        key for key in ("status", "headers", "json", "body", "wait") if getattr(section, key) is not None
    ]
    if section.fault is not None:
        if answer:
            problems.add(at.node.place, f"`{name}` has a `fault` and {answer[0]}", "leave one of them out")
        return section.fault.value
    if section.status is None:
        if any(mentions(at.node, key, DialectSection) for key in ("status", "fault")):
            return None  # what is wrong with it has been said
        problems.add(at.node.place, f"`{name}` needs a `status` or a `fault`, got neither")
        return None
    if section.json is not None and section.body is not None:
        problems.add(section.body.node.place, "expected `json` or `body`, got both", "leave one of them out")
    body = section.body.value if section.body is not None else ""
    if section.json is not None:
        body = _compact(section.json.value)
    parameters: dict[str, Any] = {"status": section.status.value, "body": body}
    parameters |= {"headers": section.headers or (), "wait": section.wait or 0.0, "fill": True}
    try:
        check_headers(parameters["headers"])
        return Named("error", registry.faults()["error"](**parameters))
    except ValueError as error:
        problems.add(at.node.place, str(error))
        return None


def _compact(document: bytes) -> str:
    return json.dumps(json.loads(document), ensure_ascii=False, separators=(",", ":"))
