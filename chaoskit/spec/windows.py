"""Phases, and windows in them."""

from itertools import pairwise

from chaoskit.core.experiment import Phase
from chaoskit.spec.nodes import Items, Place, Problems, did_you_mean, keys, kind, quoted
from chaoskit.spec.shapes import At, mentions
from chaoskit.spec.striking import WindowSection
from chaoskit.spec.surroundings import names
from chaoskit.spec.timing import Moment


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


def windows(
    during: At[tuple[At[Moment | WindowSection], ...]], known: tuple[Phase, ...], problems: Problems
) -> tuple[tuple[float, float], ...] | None:
    """Return the windows in order, or None where something about one is wrong."""
    if not during.value:
        if isinstance(during.node, Items) and not during.node.items:
            problems.add(during.node.place, "expected at least one window, got none")
        return None
    found: list[tuple[float, float]] = []
    for each in during.value:
        window = _window(each, known, problems)
        if window is not None:
            found.append(window)
    if len(found) < len(during.value):
        return None
    for (_, stop), (start, _) in pairwise(found):
        if start < stop:
            problems.add(
                during.node.place,
                f"expected windows one after the other, got one that begins at {start:g}s, before {stop:g}s",
                "put them in order, and make one of two that overlap",
            )
            return None
    return tuple(found)


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
