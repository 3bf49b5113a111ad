"""Injections: what is struck, when, and how much of it."""

from dataclasses import replace
from itertools import pairwise

from chaoskit.core.experiment import Phase
from chaoskit.core.fault import Fault, acts_on_calls
from chaoskit.core.frozen import frozen
from chaoskit.core.injection import ALWAYS, Injection, ShareUnit
from chaoskit.core.match import Match
from chaoskit.core.rhythm import Span
from chaoskit.core.rhythm import windows as split
from chaoskit.faults.error import Error
from chaoskit.spec.nodes import Pairs, Place, Problems, did_you_mean, keys, quoted
from chaoskit.spec.shapes import At, Named, mentions
from chaoskit.spec.shelf import Shelf
from chaoskit.spec.striking import InjectionSection, MatchSection
from chaoskit.spec.surroundings import headers
from chaoskit.spec.timing import Portion
from chaoskit.spec.windows import windows


@frozen(kw_only=True)
class Around:
    """What an injection may refer to; None where that could not be read.

    ``has_dns``: the proxy answers DNS questions, so that a fault can act on them.
    """

    providers: tuple[str, ...] | None
    phases: tuple[Phase, ...] | None
    shelf: Shelf
    seed: int
    has_dns: bool


def injection(at: At[InjectionSection], around: Around, problems: Problems) -> Injection | None:
    """Return one injection, or None where something about it is wrong."""
    providers, known, seed, has_dns = around.providers, around.phases, around.seed, around.has_dns
    section = at.value
    if section.provider is not None and providers is not None and section.provider.value not in providers:
        problems.add(
            section.provider.node.place,
            f"unknown provider {quoted(section.provider.value)}",
            did_you_mean(section.provider.value, providers, "providers"),
        )
    spans = windows(section.during, known, problems) if section.during is not None and known else None
    unit: ShareUnit = "requests"
    approximation = None
    match = matcher(section.match.value, problems) if section.match is not None else Match()
    fault = None
    if section.fault is not None:
        fault = said_by(section.fault, around.shelf, problems)
        unit = _unit(section, fault, problems, has_dns=has_dns)
        if not has_dns and "query" in fault.value.layers():
            approximation = _approximation(At(fault, section.fault.node), problems)
        _only_for_calls(section, fault, problems)
    between = _numbers(section, problems)
    _key(at, unit, problems)
    curve = section.share.value.curve if section.share is not None else ALWAYS
    if section.share is not None and spans is not None:
        _fits(section.share, spans[-1][1] - spans[0][0], problems)
    if section.id is None or section.provider is None or fault is None or spans is None:
        return None
    on = _on(section, section.id.value, spans, seed, problems)
    if on is None:
        return None
    place = at.node.place
    return Injection(
        id=section.id.value,
        provider=section.provider.value,
        fault=fault.value,
        fault_name=fault.name,
        start=on[0][0],
        stop=on[-1][1],
        gaps=tuple((stop, start) for (_, stop), (start, _) in pairwise(on)),
        # a first period that was not drawn moves the start, and not what the share is at a time
        share=curve.moved(spans[0][0] - on[0][0]) if on[0][0] > spans[0][0] else curve,
        unit=unit,
        key=section.key.value if section.key is not None else None,
        pulse=section.share.value.pulse if section.share is not None else None,
        reroll=section.reroll.value if section.reroll is not None else None,
        match=match,
        first_n=section.first_n.value if section.first_n is not None else None,
        every_nth=section.every_nth.value if section.every_nth is not None else None,
        after_n=section.after_n.value if section.after_n is not None else None,
        between=between,
        line=place.span.line if place.change is None else None,
        approximated_as=approximation,
    )


def _on(
    section: InjectionSection, name: str, spans: tuple[Span, ...], seed: int, problems: Problems
) -> tuple[Span, ...] | None:
    """Return when it is on, with its pulse and its draws; both follow from the seed, in every process."""
    pulse = section.share.value.pulse if section.share is not None else None
    reroll = section.reroll.value if section.reroll is not None else None
    place = section.reroll or section.share or section.during
    assert place is not None
    try:
        on = split(spans, pulse, reroll, seed, name)
    except ValueError as error:
        problems.add(place.node.place, str(error))
        return None
    if not on:
        problems.add(
            place.node.place,
            f"with seed {seed} this injection is never on",
            "choose another seed, shorter periods or a larger `p`",
        )
        return None
    return on


def _fits(share: At[Portion], length: float, problems: Problems) -> None:
    changes = share.value.curve.points[-1][0]
    if changes > length + 1e-9:
        problems.add(
            share.node.place,
            f"the share changes over {changes:g}s, and the injection lasts {length:g}s",
            "shorten the one or lengthen the other",
        )


def matcher(section: MatchSection, problems: Problems) -> Match:
    """Return which calls are meant."""
    for each in (section.query, section.json):
        if each is not None and not each.value:
            problems.add(each.node.place, "expected at least one, got none", "leave the key out")
    return Match(
        method=section.method or (),
        path=section.path,
        path_regex=section.path_regex,
        host=section.host,
        query=section.query.value if section.query is not None else (),
        header=headers(section.header, problems),
        json=section.json.value if section.json is not None else (),
        content_type=section.content_type,
        client=section.client,
        operation=section.operation or (),
        model=section.model or (),
    )


def said_by(at: At[Named[Fault]], shelf: Shelf, problems: Problems) -> Named[Fault]:
    """Return the fault that is meant: of ``error: {like: ...}``, what the catalogue says."""
    given = at.value.value
    if not isinstance(given, Error) or given.like is None:
        return at.value
    inner = at.node.get(at.value.name) if isinstance(at.node, Pairs) else None
    place = (inner.get("like") if isinstance(inner, Pairs) else inner) or at.node
    dialect = shelf.dialect(given.like, place.place, problems)
    if dialect is None:
        return at.value
    fault = dialect.fault
    if isinstance(fault, Error):
        fault = replace(fault, phase=given.phase)
    elif given.phase != "before":
        problems.add(place.place, f"{given.like} is no answer, so `phase` does not go with it")
    return Named(f"{at.value.name} like {given.like}", fault)


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


def unit_of(fault: Fault, *, has_dns: bool) -> ShareUnit:
    """Return what a fault acts on, of which a share without a unit is."""
    if "query" in fault.layers() and has_dns:
        return "queries"
    return "requests" if acts_on_calls(fault) else "connections"


def _unit(section: InjectionSection, fault: Named[Fault], problems: Problems, *, has_dns: bool) -> ShareUnit:
    layers = fault.value.layers()
    is_dns = "query" in layers
    default = unit_of(fault.value, has_dns=has_dns)
    share = section.share
    if share is None or share.value.unit is None:
        return default
    unit = share.value.unit
    if unit == "queries" and is_dns:
        return default  # connections, where those stand for the questions that nobody asks
    is_calls = acts_on_calls(fault.value)
    fits = {
        "requests": is_calls,
        "keys": is_calls,
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


def _key(at: At[InjectionSection], unit: ShareUnit, problems: Problems) -> None:
    section = at.value
    if unit == "keys" and not mentions(at.node, "key", InjectionSection) and section.share is not None:
        problems.add(
            section.share.node.place,
            "a share of keys needs `key`",
            "for example key: {header: authorization}",
        )
    if section.key is not None and unit != "keys":
        problems.add(
            section.key.node.place, "`key` goes with a share of keys", "for example share: 25% of keys"
        )


def _only_for_calls(section: InjectionSection, fault: Named[Fault], problems: Problems) -> None:
    """Of a connection only the host and the client are known."""
    if acts_on_calls(fault.value) or section.match is None:
        return
    wrong = [each for each in keys(section.match.node) if each not in ("host", "client")]
    if wrong:
        where = "DNS questions" if "query" in fault.value.layers() else "connections"
        problems.add(
            section.match.node.place,
            f"`{wrong[0]}` looks at calls, and this {fault.name} acts on {where}",
            f"leave `{wrong[0]}` out",
        )


def _numbers(section: InjectionSection, problems: Problems) -> tuple[int, int] | None:
    """Check what is said about n, and return the two of ``between``."""
    first, last = 1, None
    between = None
    if section.after_n is not None:
        first = section.after_n.value + 1
    if section.first_n is not None:
        last = section.first_n.value
    place: Place | None = next(
        (each.node.place for each in (section.between, section.after_n, section.first_n) if each is not None),
        None,
    )
    if section.between is not None:
        given = section.between.value
        if len(given) != 2 or given[0] > given[1]:
            problems.add(
                section.between.node.place,
                f"expected two numbers such as [3, 5], the smaller first, got {list(given)}",
            )
            return None
        between = given[0], given[1]
        first, last = max(first, given[0]), given[1] if last is None else min(last, given[1])
    step = section.every_nth.value if section.every_nth is not None else 1
    # the first multiple of `every_nth` that is not below `first`
    if last is not None and -(-first // step) * step > last and place is not None:
        problems.add(place, "no call is ever the n-th that is asked for", "the numbers exclude each other")
    return between
