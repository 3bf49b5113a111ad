"""An outage in an experiment, as the injections that it comes to."""

from itertools import pairwise

from chaoskit.catalogue.outage import Outage, Part, Scale, not_kept, scale
from chaoskit.core.frozen import frozen
from chaoskit.core.injection import Injection
from chaoskit.core.rhythm import windows as split
from chaoskit.spec.injections import Around, unit_of
from chaoskit.spec.nodes import Problems, did_you_mean, quoted
from chaoskit.spec.outages import outage, unknown_outage
from chaoskit.spec.sections import ProviderSection
from chaoskit.spec.shapes import At
from chaoskit.spec.shelf import Shelf
from chaoskit.spec.striking import OutageSection
from chaoskit.spec.windows import windows


@frozen
class Known:
    """A provider of the file: what the catalogue calls it, and the edge that it is behind, or is."""

    name: str
    known_as: str | None
    edge: str | None
    is_edge: bool = False


def known(table: At[tuple[tuple[str, At[ProviderSection]], ...]], shelf: Shelf) -> tuple[Known, ...]:
    """Return the providers of the file as the catalogue knows them."""
    found: list[Known] = []
    for key, at in table.value:
        if at.value.fronted_by is not None:
            found.append(Known(key, None, at.value.fronted_by.value, is_edge=True))
            continue
        name = at.value.catalogue.value if at.value.catalogue is not None else key
        entry = shelf.provider(name)
        found.append(Known(key, None if entry is None else name, None if entry is None else entry.fronted_by))
    return tuple(found)


def injections(
    at: At[OutageSection], providers: tuple[Known, ...], around: Around, problems: Problems
) -> tuple[tuple[Injection, ...], tuple[str, ...]]:
    """Return the injections that an outage comes to, and what could not be kept of it."""
    section = at.value
    if section.outage is None:
        return (), ()
    found = outage(section.outage.value)
    if found is None:
        name = section.outage.value
        problems.add(section.outage.node.place, f"unknown outage {quoted(name)}", unknown_outage(name))
    window = _window(at, around, problems)
    if found is None or window is None:
        return (), ()
    name = section.id.value if section.id is not None else found.name
    fitted = scale(found, window[1] - window[0])
    placed = _Placed(name, window[0], fitted, around, at.node.place.span.line)
    made: list[Injection] = []
    unkept = [f"{name}: {each}" for each in not_kept(found, fitted)]
    for part in found.parts:
        whose = _struck(at, found, part, providers, problems)
        for provider in whose:
            injection = placed.injection(part, provider, f".{provider}" if len(whose) > 1 else "")
            if injection is None:
                unkept.append(f"{name}: with seed {around.seed} {part.id} is never drawn")
            else:
                made.append(injection)
    return tuple(made), tuple(unkept)


def _window(at: At[OutageSection], around: Around, problems: Problems) -> tuple[float, float] | None:
    section = at.value
    if around.phases is None:
        return None
    if section.during is not None:
        spans = windows(section.during, around.phases, problems)
        if spans is not None and len(spans) > 1:
            problems.add(section.during.node.place, "expected one window, got several")
            return None
        return spans[0] if spans else None
    phase = next((each for each in around.phases if each.name == "fault"), None)
    if phase is None:
        problems.add(at.node.place, "`during` is missing, and there is no phase called `fault`")
        return None
    return phase.start, phase.stop


def _struck(
    at: At[OutageSection], found: Outage, part: Part, providers: tuple[Known, ...], problems: Problems
) -> tuple[str, ...]:
    """Return whose calls a part strikes: who is named, else everybody whom the outage was about."""
    section = at.value
    is_own = part.provider is None and part.edge is None
    names = tuple(each.name for each in providers)
    if section.provider is not None and is_own:
        if section.provider.value in names:
            return (section.provider.value,)
        problems.add(
            section.provider.node.place,
            f"unknown provider {quoted(section.provider.value)}",
            did_you_mean(section.provider.value, names, "providers"),
        )
        return ()
    whose = found.provider if is_own else part.provider
    edge = found.edge if is_own else part.edge
    behind = [each for each in providers if edge is not None and each.edge == edge]
    # where one stands for the whole edge, its members would be struck twice
    behind = [each for each in behind if each.is_edge] or behind
    struck = tuple(
        each.name for each in providers if (whose is not None and each.known_as == whose) or each in behind
    )
    if not struck and section.outage is not None:
        problems.add(
            section.outage.node.place,
            f"{found.name} strikes {whose or f'what is behind {edge}'}, and the file has no such provider",
            f"add `{whose}: {{}}` to providers, or name one of yours: `provider: NAME`"
            if whose
            else f"add `behind: {{fronted_by: {edge}}}` to providers, or name one of yours: `provider: NAME`",
        )
    return struck


@frozen
class _Placed:
    """An outage at its place in the run."""

    name: str
    start: float
    fitted: Scale
    around: Around
    line: int

    def injection(self, part: Part, provider: str, suffix: str) -> Injection | None:
        """Return what ``part`` comes to; None where its draws never let it be on."""
        name = f"{self.name}.{part.id}{suffix}"
        begins = round(self.start + self.fitted.at(part.start), 6)
        ends = round(self.start + self.fitted.at(part.stop), 6)
        on = split([(begins, ends)], None, part.reroll, self.around.seed, name)
        if not on:
            return None
        is_dns = "query" in part.fault.layers()
        share = self.fitted.curve(part.share, part.start)
        return Injection(
            id=name,
            provider=provider,
            fault=part.fault,
            fault_name=part.fault_name,
            start=on[0][0],
            stop=on[-1][1],
            gaps=tuple((stop, start) for (_, stop), (start, _) in pairwise(on)),
            share=share.moved(begins - on[0][0]) if on[0][0] > begins else share,
            unit=part.unit or unit_of(part.fault, has_dns=self.around.has_dns),
            reroll=part.reroll,
            match=part.match,
            line=self.line,
            approximated_as=part.fault.approximation() if is_dns and not self.around.has_dns else None,
            outage=self.name,
            severity=part.severity,
        )
