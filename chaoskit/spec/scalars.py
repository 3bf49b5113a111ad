"""How numbers with units are written, and what is said when they are not."""

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final, Literal

from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Comparison, Margin
from chaoskit.core.units import (
    BANDWIDTH,
    COUNT,
    DURATION,
    FACTOR,
    POINTS,
    RATE,
    SHARE,
    SIZE,
    Unit,
)
from chaoskit.spec.nodes import quoted

NUMBER = r"(?:[0-9]{1,15}(?:\.[0-9]{1,15})?)"
LONGEST: Final = 30 * 24 * 3600.0
"""Seconds. A longer duration is a slip of the pen."""

MOST: Final = 1e15


class ScalarError(Exception):
    """A scalar is not written as its field wants it: what was expected and what came, and a hint."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@frozen
class Form:
    """How the numbers of a unit are written: a suffix, and what one of it is worth."""

    what: str  # "a duration"
    suffixes: Mapping[str, Fraction]
    guess: str  # the suffix that a bare number most likely wants
    signed: bool = False
    least: float = 0.0
    most: float = MOST
    whole: bool = False

    @property
    def pattern(self) -> str:
        """The regular expression of such a number, without anchors."""
        suffix = "|".join(re.escape(each) for each in self.suffixes)
        return f"{'[+-]?' if self.signed else ''}{NUMBER} ?(?:{suffix})"


_ONE = Fraction(1)
_BYTES = {
    "B": _ONE,
    "kB": _ONE * 10**3,
    "MB": _ONE * 10**6,
    "GB": _ONE * 10**9,
    "KiB": _ONE * 2**10,
    "MiB": _ONE * 2**20,
    "GiB": _ONE * 2**30,
}
_TIMES = {"us": _ONE / 10**6, "ms": _ONE / 1000, "s": _ONE, "m": _ONE * 60, "h": _ONE * 3600}

FORMS: Final[Mapping[str, Form]] = {
    DURATION.name: Form("a duration", _TIMES, "s", most=LONGEST),
    SHARE.name: Form("a share", {"%": _ONE / 100}, "%", most=1.0),
    POINTS.name: Form("percentage points", {"pp": _ONE / 100}, "pp", signed=True, least=-1.0, most=1.0),
    RATE.name: Form("a rate", {"/s": _ONE, "/m": _ONE / 60, "/h": _ONE / 3600}, "/s"),
    SIZE.name: Form("a size", _BYTES, "B", whole=True),
    BANDWIDTH.name: Form("a bandwidth", {f"{each}/s": size for each, size in _BYTES.items()}, "B/s"),
    FACTOR.name: Form("a factor", {"x": _ONE}, "x"),
    COUNT.name: Form("a whole number", {"": _ONE}, "", least=1, most=1e9, whole=True),
}

_READ = re.compile(rf"(?P<sign>[+-]?)(?P<number>{NUMBER}) ?(?P<suffix>[^0-9\s.+-]*)")


def number(text: str, unit: Unit) -> float:
    """Return the value of ``text`` in seconds, bytes or shares of 1; raise ScalarError if it has none."""
    form = FORMS[unit.name]
    what = f"{form.what} such as {unit.example}" if form.guess else form.what
    text = text.strip()
    found = _READ.fullmatch(text)
    if found is None:
        raise ScalarError(f"expected {what}, got {quoted(text)}")
    suffix = found["suffix"]
    if suffix not in form.suffixes:
        raise ScalarError(
            f"expected {what}, got {quoted(text)}", _unit_hint(form, found["sign"] + found["number"], suffix)
        )
    if found["sign"] and not form.signed:
        raise ScalarError(f"expected {what}, got {quoted(text)}", "leave the sign out")
    value = _exact(found["sign"], found["number"], form.suffixes[suffix])
    if form.whole and value != int(value):
        raise ScalarError(f"expected {what} without a fraction, got {quoted(text)}")
    if not form.least <= value <= form.most:
        raise ScalarError(f"expected {what}, {_range(form)}, got {quoted(text)}")
    return value


def _exact(sign: str, digits: str, worth: Fraction) -> float:
    # multiplied as fractions: 99.9 * 0.01 is 0.9990000000000001 in floats, and a verdict would hang on it
    value = float(Fraction(digits) * worth)
    return -value if sign == "-" else value


def _range(form: Form) -> str:
    if form.what == "a duration":
        return "at most 30 days"
    if form.what == "a share":
        return "0% to 100%"
    if form.what == "percentage points":
        return "-100pp to 100pp"
    return f"{form.least:.15g} to {form.most:.15g}"


def _likely(form: Form, digits: str) -> str:
    if form.guess == "s" and float(digits) >= 100:
        return f"{digits}ms"
    if form.guess == "%" and 0 < float(digits) <= 1:
        return f"{float(digits) * 100:g}%"
    return f"{digits}{form.guess}"


def _unit_hint(form: Form, digits: str, suffix: str) -> str | None:
    if not form.guess:
        return "write the number alone"
    if suffix == "":
        return f"units are required: did you mean {_likely(form, digits)}?"
    for known in form.suffixes:
        if known.lower() == suffix.lower():
            return f"did you mean {digits}{known}?"
    words = {"sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m"}
    words |= {"minutes": "m", "msec": "ms", "hour": "h", "hours": "h", "rps": "/s", "rpm": "/m", "times": "x"}
    words |= {"percent": "%", "µs": "us", "k": "kB", "b": "B", "pp": "%", "%": "pp"}
    likely = words.get(suffix.lower())
    if likely in form.suffixes:
        return f"did you mean {digits}{likely}?"
    return f"known units: {', '.join(form.suffixes)}"


def comparison(text: str, unit: Unit) -> Comparison:
    """Return the limit that ``text`` sets, as in ``>= 99%``."""
    stripped = text.strip()
    op = stripped[:2]
    if op == ">=":
        return Comparison(">=", number(stripped[2:], unit))
    if op == "<=":
        return Comparison("<=", number(stripped[2:], unit))
    if stripped[:1] in ("<", ">", "="):
        wanted: Literal[">=", "<="] = "<=" if stripped[0] == "<" else ">="
        rest = stripped.lstrip("<>=").strip()
        raise ScalarError(
            f"expected >= or <= and {FORMS[unit.name].what}, got {quoted(text)}",
            f'did you mean "{wanted} {rest}"?',
        )
    likely = "<=" if unit in (DURATION, FACTOR) else ">="
    raise ScalarError(
        f"expected >= or <= and {FORMS[unit.name].what}, got {quoted(text)}",
        f'comparators are written out: "{likely} {stripped or unit.example}"',
    )


_MARGIN_PART = re.compile(rf"\+({NUMBER})(%|us|ms|s|m)")


def margin(text: str) -> Margin:
    """Return how much larger a duration may get, as in ``+25% +5ms``."""
    share: float | None = None
    seconds: float | None = None
    for part in text.split():
        found = _MARGIN_PART.fullmatch(part)
        if found is None or (share if found[2] == "%" else seconds) is not None:
            raise ScalarError(
                f'expected a margin such as "+25% +5ms", got {quoted(text)}',
                "a share with its sign, a duration with its sign, or both",
            )
        if found[2] == "%":
            share = _exact("", found[1], _ONE / 100)
        else:
            seconds = number(part[1:], DURATION)
    if share is None and seconds is None:
        raise ScalarError('expected a margin such as "+25% +5ms", got nothing')
    return Margin(share or 0.0, seconds or 0.0)


def plain_number(text: str) -> float:
    """Return a number without a unit."""
    if not re.fullmatch(rf"-?{NUMBER}(?:[eE][+-]?[0-9]{{1,2}})?", text.strip()):
        raise ScalarError(f"expected a number, got {quoted(text)}")
    value = float(text)
    if not math.isfinite(value) or abs(value) > MOST:
        raise ScalarError(f"expected a number up to {MOST:g}, got {quoted(text)}")
    return value


def whole_number(text: str) -> int:
    """Return a whole number without a unit."""
    if not re.fullmatch(r"-?[0-9]{1,15}", text.strip()):
        raise ScalarError(f"expected a whole number, got {quoted(text)}")
    return int(text)


def truth(text: str) -> bool:
    """Return what ``true`` or ``false`` says."""
    if text not in ("true", "false"):
        lowered = text.strip().lower()
        hint = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
        likely = hint.get(lowered) or (lowered if lowered in ("true", "false") else None)
        raise ScalarError(f"expected true or false, got {quoted(text)}", likely and f"did you mean {likely}?")
    return text == "true"
