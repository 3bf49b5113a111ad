"""SLOs and abort conditions, checked against the rest of the file."""

from fnmatch import fnmatchcase

from chaoskit.core.experiment import Abort, Load, Phase
from chaoskit.core.objective import Objective, Slo
from chaoskit.slos.objective import JudgedObjective
from chaoskit.spec.nodes import Problems, did_you_mean, keys, quoted
from chaoskit.spec.registry import objectives
from chaoskit.spec.sections import AbortSection, SloSection
from chaoskit.spec.shapes import At, mentions, parameters
from chaoskit.spec.windows import phase_called

DEFAULT_PHASE = "fault"
_COMEBACKS = ("time_to_degrade", "time_to_recover")


def chosen(of: tuple[At[str], ...] | None, load: Load | None, problems: Problems) -> tuple[str, ...]:
    """Return the endpoints that ``of`` names, patterns resolved; those of a locustfile as written."""
    if of is None:
        return ()
    for each in of if load is not None else ():
        if load is not None and load.leaves_out(each.value):
            problems.add(
                each.node.place,
                f"{quoted(each.value)} is left out of judgement",
                "take it out of `leave_out` in `load`, or ask about another",
            )
            return ()
    if load is None or load.locustfile is not None:
        return tuple(dict.fromkeys(each.value for each in of))
    known = [each.name for each in load.endpoints if not load.leaves_out(each.name)]
    found: list[str] = []
    for each in of:
        matching = [name for name in known if fnmatchcase(name, each.value)]
        if not matching:
            problems.add(
                each.node.place,
                f"unknown endpoint {quoted(each.value)}",
                did_you_mean(each.value, known, "endpoints"),
            )
        found += matching
    return tuple(dict.fromkeys(found))


def slo(
    at: At[SloSection],
    load: Load | None,
    known: tuple[Phase, ...] | None,
    providers: tuple[str, ...] | None,
    problems: Problems,
) -> Slo | None:
    """Return one SLO, or None where something about it is wrong."""
    section, node = at.value, at.node
    values = [(name, each.value) for name, each in section.objectives]
    if not set(keys(node)) - {each.name for each in parameters(SloSection)}:
        problems.add(
            node.place, "expected an objective, got none", f"known objectives: {', '.join(objectives())}"
        )
    _provider(at, values, providers, problems)
    of = chosen(section.of, load, problems)
    phase = section.in_.value if section.in_ is not None else DEFAULT_PHASE
    if known:
        place = section.in_.node.place if section.in_ is not None else node.place
        found = phase_called(phase, known, place, problems)
        if found is known[0] and any(name == "unchanged" for name, _ in values):
            problems.add(
                place,
                f"`unchanged` compares a phase with the first one, and {quoted(phase)} is the first one",
                "name a later phase",
            )
    if section.stable_for is not None:
        _stable(section.stable_for, values, problems)
    _degraded(at, of, load, problems)
    if section.id is None:
        return None
    return Slo(
        id=section.id.value,
        in_=phase,
        of=of,
        provider=section.provider.value if section.provider is not None else None,
        objectives=tuple(values),
        stable_for=section.stable_for.value if section.stable_for is not None else 5.0,
        may_dilute=section.dilution == "allowed",
        line=node.place.span.line if node.place.change is None else None,
    )


def _stable(at: At[float], values: list[tuple[str, Objective]], problems: Problems) -> None:
    if at.value <= 0:
        problems.add(at.node.place, "expected a duration above 0s, got 0s")
    if values and not any(name in _COMEBACKS for name, _ in values):
        problems.add(
            at.node.place,
            f"`stable_for` goes with {' or '.join(_COMEBACKS)}, and this SLO has neither",
            "leave `stable_for` out",
        )


def _provider(
    at: At[SloSection],
    values: list[tuple[str, Objective]],
    providers: tuple[str, ...] | None,
    problems: Problems,
) -> None:
    section, node = at.value, at.node
    about = [name for name, each in values if isinstance(each, JudgedObjective) and each.about == "provider"]
    if section.provider is None:
        if about and not mentions(node, "provider", SloSection):
            problems.add(node.place, f"`provider` is missing: {about[0]} is about one")
        return
    if values and not about:
        problems.add(
            section.provider.node.place,
            f"expected no provider: {values[0][0]} is about endpoints",
            "choose endpoints with `of`",
        )
    elif providers is not None and section.provider.value not in providers:
        problems.add(
            section.provider.node.place,
            f"unknown provider {quoted(section.provider.value)}",
            did_you_mean(section.provider.value, providers, "providers"),
        )


def _degraded(at: At[SloSection], of: tuple[str, ...], load: Load | None, problems: Problems) -> None:
    if load is None or load.locustfile is not None:
        return
    lacking = [e.name for e in load.endpoints if (not of or e.name in of) and e.degraded_when is None]
    for name, each in at.value.objectives:
        if name == "degraded" and lacking:
            problems.add(
                each.node.place,
                f"expected endpoints with `degraded_when`, got {', '.join(lacking)} without it",
                "add it to the endpoint, or choose others with `of`",
            )


def abort(at: At[AbortSection], load: Load | None, problems: Problems) -> Abort | None:
    """Return one abort condition, or None where something about it is wrong."""
    section, place = at.value, at.node.place
    of = chosen(section.of, load, problems)
    length = section.for_.value if section.for_ is not None else 3.0
    if section.for_ is not None and length < 1:
        problems.add(
            section.for_.node.place,
            f"expected at least 1s, got {length:g}s",
            "one bad moment is not an outage",
        )
    if section.availability is None:
        return None
    return Abort(
        availability=section.availability,
        of=of,
        for_=length,
        line=place.span.line if place.change is None else None,
    )
