"""How moments, and shares that change over time, are written."""

import re
from dataclasses import dataclass
from typing import get_args

from chaoskit.core.curve import Curve
from chaoskit.core.experiment import ShareUnit
from chaoskit.core.units import DURATION, SHARE
from chaoskit.spec.nodes import close, quoted
from chaoskit.spec.scalars import ScalarError, number
from chaoskit.spec.words import NAME

UNITS: tuple[ShareUnit, ...] = get_args(ShareUnit)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, named after a phase's start: ``fault - 2s``."""

    phase: str
    offset: float


def moment(text: str) -> Moment:
    """Return the instant that ``text`` names."""
    found = re.fullmatch(rf"({NAME})(?:\s*([+])\s*(.+)|\s+(-)\s*(.+))?", text.strip())
    if found is None:
        raise ScalarError(f"expected a phase, as in `fault` or `fault + 5s`, got {quoted(text)}")
    sign, rest = (found[2] or found[4]), (found[3] or found[5])
    if sign is None:
        return Moment(found[1], 0.0)
    seconds = number(rest, DURATION)
    return Moment(found[1], -seconds if sign == "-" else seconds)


@dataclass(frozen=True, slots=True)
class Portion:
    """How much an injection strikes, and of what; no unit: the one that the fault acts on."""

    curve: Curve
    unit: ShareUnit | None


_EXAMPLE = "expected a share such as 30% of requests, or 0% -> 80% over 20s of requests"


def portion(text: str) -> Portion:
    """Return the share, or the curve of it, that ``text`` states."""
    amount, found, word = text.strip().partition(" of ")
    unit = None
    if found:
        unit = _share_unit(word.strip(), text)
    points: list[tuple[float, float]] = []
    for i, leg in enumerate(amount.split("->")):
        value, over, time = leg.partition(" over ")
        if (i > 0) != bool(over):
            hint = "each `->` needs `over` and a duration" if i > 0 else "`over` needs `->` before it"
            raise ScalarError(f"{_EXAMPLE}, got {quoted(text)}", hint)
        start = points[-1][0] if points else 0.0
        points.append((start + (number(time, DURATION) if over else 0.0), number(value, SHARE)))
    curve = Curve(tuple(points))
    if curve.peak() <= 0:
        raise ScalarError(f"expected a share above 0%, got {quoted(text)}", "leave the injection out instead")
    return Portion(curve, unit)


def _share_unit(word: str, text: str) -> ShareUnit:
    for known in UNITS:
        if word == known:
            return known
    likely = "clients" if word == "users" else close(word, UNITS)
    raise ScalarError(
        f"expected a share of {', '.join(UNITS[:-1])} or {UNITS[-1]}, got {quoted(text)}",
        f"did you mean `{likely}`?" if likely else None,
    )
