"""Phases and injections: what is on, when, and on how much."""

from chaoskit.core.experiment import ALWAYS, Injection, Match, Phase, ShareUnit
from chaoskit.core.fault import Fault, acts_on_calls
from chaoskit.spec.nodes import Place, Problems, did_you_mean, keys, kind, quoted
from chaoskit.spec.sections import InjectionSection, MatchSection, WindowSection
from chaoskit.spec.shapes import At, Named, mentions
from chaoskit.spec.surroundings import headers, names
from chaoskit.spec.timing import Moment, Portion


def phases(table: At[tuple[tuple[str, At[float]], ...]], problems: Problems) -> tuple[Phase, ...]:
    """Return the phases, one after the other from 0."""
    names(table, problems)
    if not keys(table.node):
        problems.add(
            table.node.place,
            "expected at least one phase, got none",
            "for example {baseline: 20s, fault: 30s}",
        )
    found: list[Phase] = []
    start = 0.0
    for name, length in table.value:
        if length.value <= 0:
            problems.add(length.node.place, "expected a phase longer than 0s, got 0s")
        # sums of floats must not leave a gap between what `fault + 5s` and the next phase mean
        stop = round(start + length.value, 9)
        found.append(Phase(name, start, stop))
        start = stop
    return tuple(found)


def whole_table(table: At[tuple[tuple[str, At[float]], ...]]) -> bool:
    """Tell whether every entry could be read, so that what refers to them can be checked."""
    return len(keys(table.node)) == len(table.value)


def injection(
    at: At[InjectionSection],
    providers: tuple[str, ...] | None,
    known: tuple[Phase, ...] | None,
    problems: Problems,
    *,
    has_dns: bool,
) -> Injection | None:
    """Return one injection, or None where something about it is wrong.

    ``has_dns``: the proxy answers DNS questions, so that a fault can act on them.
    """
    section = at.value
    if section.provider is not None and providers is not None and section.provider.value not in providers:
        problems.add(
            section.provider.node.place,
            f"unknown provider {quoted(section.provider.value)}",
            did_you_mean(section.provider.value, providers, "providers"),
        )
    window = _window(section.during, known, problems) if section.during is not None and known else None
    unit: ShareUnit = "requests"
    approximation = None
    match = _match(section.match.value, problems) if section.match is not None else Match()
    if section.fault is not None:
        unit = _unit(section, section.fault.value, problems, has_dns=has_dns)
        if not has_dns and "query" in section.fault.value.value.layers():
            approximation = _approximation(section.fault, problems)
        _only_for_calls(section, section.fault.value, problems)
    curve = section.share.value.curve if section.share is not None else ALWAYS
    if section.share is not None and window is not None:
        _fits(section.share, window[1] - window[0], problems)
    if section.id is None or section.provider is None or section.fault is None or window is None:
        return None
    place = at.node.place
    return Injection(
        id=section.id.value,
        provider=section.provider.value,
        fault=section.fault.value.value,
        fault_name=section.fault.value.name,
        start=window[0],
        stop=window[1],
        share=curve,
        unit=unit,
        match=match,
        first_n=section.first_n.value if section.first_n is not None else None,
        every_nth=section.every_nth.value if section.every_nth is not None else None,
        line=place.span.line if place.change is None else None,
        approximated_as=approximation,
    )


def _approximation(fault: At[Named[Fault]], problems: Problems) -> str | None:
    """Return what a fault on DNS questions comes to where the proxy answers none."""
    found = fault.value.value.approximation()
    if found is None:
        problems.add(
            fault.node.place,
            f"{fault.value.name} acts on DNS questions, and the proxy answers none",
            "add `proxy: {dns: 127.0.0.1:5353}`, and let the target ask it",
        )
    return found


def _fits(share: At[Portion], length: float, problems: Problems) -> None:
    changes = share.value.curve.points[-1][0]
    if changes > length + 1e-9:
        problems.add(
            share.node.place,
            f"the share changes over {changes:g}s, and the injection lasts {length:g}s",
            "shorten the one or lengthen the other",
        )


def _match(section: MatchSection, problems: Problems) -> Match:
    return Match(method=section.method or (), path=section.path, header=headers(section.header, problems))


def _unit(section: InjectionSection, fault: Named[Fault], problems: Problems, *, has_dns: bool) -> ShareUnit:
    layers = fault.value.layers()
    is_dns = "query" in layers
    default: ShareUnit = "requests" if acts_on_calls(fault.value) else "connections"
    if is_dns and has_dns:
        default = "queries"
    share = section.share
    if share is None or share.value.unit is None:
        return default
    unit = share.value.unit
    if unit == "queries" and is_dns:
        return default  # connections, where those stand for the questions that nobody asks
    fits = {
        "requests": acts_on_calls(fault.value),
        "connections": bool(layers & {"connect", "hello"}) and default != "queries",
        "queries": False,
    }
    if not fits.get(unit, True):
        problems.add(
            share.node.place,
            f"expected a share of {default}, got {unit}: this {fault.name} acts on {default}",
            f"did you mean `of {default}`?",
        )
    return unit


def _only_for_calls(section: InjectionSection, fault: Named[Fault], problems: Problems) -> None:
    if acts_on_calls(fault.value):
        return
    where = "DNS questions" if "query" in fault.value.layers() else "connections"
    for key, at in (("match", section.match), ("first_n", section.first_n), ("every_nth", section.every_nth)):
        if at is not None:
            problems.add(
                at.node.place,
                f"`{key}` looks at calls, and this {fault.name} acts on {where}",
                f"leave `{key}` out, or let the fault act on requests"
                if where == "connections"
                else f"leave `{key}` out",
            )


def _window(
    during: At[Moment | WindowSection], known: tuple[Phase, ...], problems: Problems
) -> tuple[float, float] | None:
    place = during.node.place
    value = during.value
    if isinstance(value, Moment):
        phase = phase_called(value.phase, known, place, problems)
        if phase is None:
            return None
        if value.offset:
            problems.add(
                place,
                f"expected a phase or a window, got {kind(during.node)}",
                "a window has a beginning and a length: {from: fault + 5s, for: 10s}",
            )
            return None
        return phase.start, phase.stop
    start = _instant(value.from_, known, problems)
    given = [key for key in ("for", "to") if mentions(during.node, key, WindowSection)]
    if len(given) != 1:
        problems.add(place, f"a window needs `for` or `to`, got {'both' if given else 'neither'}")
        return None
    if value.to is not None:
        stop = _instant(value.to, known, problems)
    else:
        stop = start + value.for_ if start is not None and value.for_ is not None else None
    if start is None or stop is None:
        return None
    return _inside(start, stop, known[-1].stop, place, problems)


def _inside(
    start: float, stop: float, length: float, place: Place, problems: Problems
) -> tuple[float, float] | None:
    start, stop = round(start, 9), round(stop, 9)
    if start >= stop:
        problems.add(place, f"expected a window that ends after it begins, got {start:g}s to {stop:g}s")
    elif start < 0 or stop > length:
        problems.add(
            place,
            f"expected a window inside the run (0s to {length:g}s), got {start:g}s to {stop:g}s",
            "the load settles before 0s, and nothing is judged after the last phase",
        )
    else:
        return start, stop
    return None


def _instant(at: At[Moment] | None, known: tuple[Phase, ...], problems: Problems) -> float | None:
    if at is None:
        return None
    phase = phase_called(at.value.phase, known, at.node.place, problems)
    return None if phase is None else phase.start + at.value.offset


def phase_called(name: str, known: tuple[Phase, ...], place: Place, problems: Problems) -> Phase | None:
    """Return the phase of that name; one that is unknown is noted."""
    found = next((each for each in known if each.name == name), None)
    if found is None:
        problems.add(
            place,
            f"unknown phase {quoted(name)}",
            did_you_mean(name, [each.name for each in known], "phases"),
        )
    return found
