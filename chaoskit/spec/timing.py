"""How moments, and shares that change over time, are written."""

import re
from typing import get_args

from chaoskit.core.curve import Curve
from chaoskit.core.frozen import frozen
from chaoskit.core.injection import ShareUnit
from chaoskit.core.rhythm import Pulse
from chaoskit.core.units import DURATION, RATE, SHARE, Unit
from chaoskit.spec.nodes import close, quoted
from chaoskit.spec.scalars import ScalarError, number
from chaoskit.spec.words import NAME

UNITS: tuple[ShareUnit, ...] = get_args(ShareUnit)


@frozen
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


@frozen
class Portion:
    """How much an injection strikes, of what and when; no unit: the one that the fault acts on."""

    curve: Curve
    unit: ShareUnit | None
    pulse: Pulse | None = None


_EXAMPLE = "expected a share such as 30% of requests, or 0% -> 80% over 20s of requests"
_LEG = re.compile(r"(?P<value>.*?)\s+(?P<word>over|at|for)\s+(?P<time>.*)", re.DOTALL)
_PULSE = re.compile(r"(?P<value>[^>]*?)\s+for\s+(?P<length>.*?)\s+every\s+(?P<every>.*)", re.DOTALL)


def portion(text: str) -> Portion:
    """Return the share, the curve of it or the pulse that ``text`` states."""
    amount, found, word = text.strip().partition(" of ")
    unit = None
    if found:
        unit = _share_unit(word.strip(), text)
    pulse = None
    pulsing = _PULSE.fullmatch(amount)
    if pulsing is not None:
        pulse = Pulse(number(pulsing["length"], DURATION), number(pulsing["every"], DURATION))
        if not 0 < pulse.length < pulse.every:
            raise ScalarError(
                f"expected a pulse shorter than its period, got {quoted(text)}",
                "for example 50% for 5s every 20s of requests",
            )
        amount = pulsing["value"]
    curve = curve_of(amount, SHARE, _EXAMPLE, text)
    if curve.peak() <= 0:
        raise ScalarError(f"expected a share above 0%, got {quoted(text)}", "leave the injection out instead")
    return Portion(curve, unit, pulse)


def rate_curve(text: str) -> Curve:
    """Return the rate, or the curve of it, that ``text`` states."""
    return curve_of(text, RATE, "expected a rate such as 50/s, or 0/s -> 50/s over 60s", text)


def curve_of(amount: str, unit: Unit, example: str, text: str) -> Curve:
    """Return the curve of ``A -> B over T -> C at T -> hold for T``."""
    first, *legs = amount.split("->")
    if re.search(r"\s(over|at|for)\s", first):
        word = re.search(r"\s(over|at|for)\s", first)
        assert word is not None
        raise ScalarError(f"{example}, got {quoted(text)}", f"`{word[1]}` needs `->` before it")
    points = [(0.0, number(first, unit))]
    for leg in legs:
        found = _LEG.fullmatch(leg.strip())
        if found is None:
            hint = "each `->` needs `over` and a duration, or `at` and a time"
            raise ScalarError(f"{example}, got {quoted(text)}", hint)
        last, before = points[-1]
        time = number(found["time"], DURATION)
        if (found["value"] == "hold") != (found["word"] == "for"):
            raise ScalarError(f"{example}, got {quoted(text)}", "to hold is written `-> hold for 10s`")
        match found["word"]:
            case "for":
                points.append((last + time, before))
            case "over":
                points.append((last + time, number(found["value"], unit)))
            case _:
                if time < last:
                    hint = f"times after `at` count from the injection's start; by then {last:g}s have passed"
                    raise ScalarError(f"{example}, got {quoted(text)}", hint)
                points += [(time, before), (time, number(found["value"], unit))]
    return Curve(tuple(points))


def _share_unit(word: str, text: str) -> ShareUnit:
    for known in UNITS:
        if word == known:
            return known
    likely = "clients" if word == "users" else close(word, UNITS)
    raise ScalarError(
        f"expected a share of {', '.join(UNITS[:-1])} or {UNITS[-1]}, got {quoted(text)}",
        f"did you mean `{likely}`?" if likely else None,
    )
