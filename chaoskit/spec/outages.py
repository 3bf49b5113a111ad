"""The outage library's files: their declaration, and text to an Outage, all problems at once."""

from functools import cache
from typing import Annotated, Literal

from chaoskit.catalogue.outage import Outage, Part, Severity
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.injection import EVERYTHING
from chaoskit.core.rhythm import Reroll
from chaoskit.core.units import Seconds
from chaoskit.spec import registry, words
from chaoskit.spec.document import document
from chaoskit.spec.injections import matcher, said_by
from chaoskit.spec.nodes import Problems, did_you_mean
from chaoskit.spec.shapes import At, Named, OneOf, OrOne, Section, Written
from chaoskit.spec.shelf import CATALOGUE, Shelf
from chaoskit.spec.striking import MatchSection
from chaoskit.spec.written import Line, Name, Portion

_FOLDER = CATALOGUE / "outages"


@frozen(kw_only=True)
class PartSection(Section):
    """One thing that clients saw for a while.

    ``id``: what reports call it.
    ``from``: when it began, seen from the outage's beginning.
    ``to``: when it ended.
    ``fault``: what it was, over its parameters.
    ``share``: how much it struck.
    ``reroll``: draws for each period whether it was on.
    ``match``: which calls it was about.
    ``provider``: whose calls, if not the outage's provider's.
    ``edge``: or of which edge.
    ``severity``: where the share comes from.
    ``times``: where the times come from.
    ``note``: what a user should know.
    """

    id: Name | None
    from_: Seconds | None
    to: At[Seconds] | None
    fault: At[Annotated[Named[Fault], OneOf("fault", registry.faults)]] | None
    share: At[Portion] | None
    reroll: Reroll | None = None
    match: At[MatchSection] | None = None
    provider: Name | None = None
    edge: Name | None = None
    severity: Severity | None
    times: Literal["source", "derived", "mixed", "estimate"] | None
    note: str | None = None


@frozen(kw_only=True)
class OutageFileSection(Section):
    """An outage as it really went.

    ``version``: of this format: 1.
    ``name``: what experiments call it.
    ``title``: what happened, in a line.
    ``provider``: whose it was.
    ``edge``: or which edge's: everything behind it.
    ``started``: when, in UTC.
    ``lasted``: how long, until the last of it was over.
    ``scope``: how far it went.
    ``saw``: what clients saw.
    ``recovery``: how it ended.
    ``phases``: what clients saw, when, and how much of it.
    ``confidence``: how good the sources are.
    ``sources``: addresses.
    ``note``: what a user should know.
    """

    version: Annotated[str, Written("a version", "1", words.version)] | None
    name: Name | None
    title: Line | None
    provider: Name | None = None
    edge: Name | None = None
    started: str | None
    lasted: Seconds | None
    scope: str | None = None
    saw: Annotated[tuple[str, ...], OrOne()] | None = None
    recovery: str | None = None
    phases: tuple[At[PartSection], ...] | None
    confidence: Literal["high", "medium", "low"] | None
    sources: Annotated[tuple[str, ...], OrOne()] | None
    note: str | None = None


@cache
def outage_names() -> tuple[str, ...]:
    """Return the names of all outages, in order."""
    names = [each.name.removesuffix(".yaml") for each in _FOLDER.iterdir() if each.name.endswith(".yaml")]
    return tuple(sorted(names))


def unknown_outage(name: str) -> str:
    """Return a hint for an outage that the library does not have."""
    return did_you_mean(name, outage_names(), "outages")


@cache
def outage(name: str) -> Outage | None:
    """Return the outage of that name, or None. Only its own file is read."""
    if name not in outage_names():
        return None
    file = _FOLDER / f"{name}.yaml"
    return read_outage(str(file), file.read_text(encoding="utf-8"))


def read_outage(path: str, text: str) -> Outage:
    """Return the outage that ``text`` describes. ``path`` is only for messages. Raises SpecError."""
    return document(path, text, OutageFileSection, _outage)


def _outage(section: OutageFileSection, problems: Problems) -> Outage | None:
    parts = [_part(each, problems) for each in section.phases or ()]
    if section.name is None or section.title is None or section.started is None or section.lasted is None:
        return None
    found = tuple(each for each in parts if each is not None)
    if not found or len(found) < len(parts):
        return None
    return Outage(
        name=section.name,
        title=section.title,
        provider=section.provider,
        edge=section.edge,
        started=section.started,
        lasted=section.lasted,
        scope=section.scope or "",
        saw=section.saw or (),
        recovery=section.recovery or "",
        parts=found,
        confidence=section.confidence or "low",
        sources=section.sources or (),
        note=section.note or "",
    )


def _part(at: At[PartSection], problems: Problems) -> Part | None:
    section = at.value
    match = matcher(section.match.value, problems) if section.match is not None else EVERYTHING
    if section.id is None or section.from_ is None or section.to is None or section.fault is None:
        return None
    if section.share is None or section.severity is None or section.times is None:
        return None
    if section.to.value <= section.from_:
        problems.add(section.to.node.place, "expected an end after the beginning")
        return None
    fault = said_by(section.fault, Shelf(), problems)
    return Part(
        id=section.id,
        start=section.from_,
        stop=section.to.value,
        fault=fault.value,
        fault_name=fault.name,
        share=section.share.value.curve,
        unit=section.share.value.unit,
        reroll=section.reroll,
        match=match,
        provider=section.provider,
        edge=section.edge,
        severity=section.severity,
        times=section.times,
        note=section.note or "",
    )
