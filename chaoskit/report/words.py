"""How verdicts, numbers and foreign text are put into words, alike in every report."""

import math
import re
import shlex
from collections.abc import Iterable, Sequence

from chaoskit.core.exposure import Basis
from chaoskit.core.result import NotSent, PeakRow, Result
from chaoskit.core.samples import NOT_SENT
from chaoskit.core.verdict import Finding, Verdict

_ENDINGS = {
    "not started": "NOT STARTED",
    "crashed": "CRASHED",
    "aborted": "ABORTED",
    "interrupted": "INTERRUPTED",
}
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline
    "\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of what follows
    "\ud800-\udfff\ufffe\uffff]"  # halves of a pair, and what XML calls no character
)
_RANK = {Verdict.FAIL: 0, Verdict.INCONCLUSIVE: 1, Verdict.PASS: 2}
_LIMIT = re.compile(r"(<=|>=)\s*([+-]?[0-9.]+)\s*([A-Za-z%/]*)")
_SECONDS = frozenset(("us", "ms", "s", "m", "h"))  # value and limit are in seconds for all of them


def headline(result: Result) -> str:
    """Return the one word for the run: its verdict, or how it ended where there is none."""
    if result.verdict is not None:
        return result.verdict.value.upper()
    return _ENDINGS.get(result.outcome, "NO VERDICT")


def by_gravity(findings: Iterable[Finding]) -> list[Finding]:
    """Return fails, then inconclusives, then passes; each in the order they came."""
    return sorted(findings, key=lambda each: _RANK[each.verdict])


def open_questions(result: Result) -> list[Finding]:
    """Return the findings that did not pass, gravest first."""
    return by_gravity(each for each in result.findings if each.verdict is not Verdict.PASS)


def tally(findings: Iterable[Finding]) -> str:
    """Return ``7 checks: 5 pass, 2 fail``."""
    given = list(findings)
    counts = ((verdict, sum(each.verdict is verdict for each in given)) for verdict in Verdict)
    parts = [f"{count} {verdict.value}" for verdict, count in counts if count]
    return f"{plural(len(given), 'check')}" + (f": {', '.join(parts)}" if parts else "")


def plural(count: int, noun: str) -> str:
    """Return ``1 sample`` or ``2,400 samples``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def seconds(value: float | None) -> str:
    """Return a duration to read: ``850 us``, ``12 ms``, ``1.25 s``, ``4 min 10 s``; ``-`` for None."""
    if value is None or math.isnan(value):
        return "-"
    if math.isinf(value):
        return "never" if value > 0 else "-inf"
    size = abs(value)
    sign = "-" if value < 0 else ""
    if size == 0:
        return "0 s"
    if size < 0.9995e-3:
        return f"{sign}{size * 1e6:.0f} us"
    if size < 0.9995:
        return f"{sign}{size * 1e3:.3g} ms"
    if size < 99.5:
        return f"{sign}{size:.3g} s"
    minutes, rest = divmod(round(size), 60)
    return f"{sign}{minutes} min" + (f" {rest} s" if rest else "")


def share(value: float | None) -> str:
    """Return a ratio as a percentage; only a whole one is ever ``100%``, only none ``0%``; ``-`` for None."""
    if value is None or not math.isfinite(value):
        return "-"
    for digits in range(1, 8):
        text = f"{value * 100:.{digits}f}".rstrip("0").rstrip(".")
        if (text == "100") == (value == 1.0) and (text in ("0", "-0")) == (value == 0.0):
            return f"{text}%"
    return f"{value * 100!r}%"


def window(start: float, stop: float) -> str:
    """Return ``20 s to 50 s``."""
    return f"{start:g} s to {stop:g} s"


def windows(several: Sequence[tuple[float, float]]) -> str:
    """Return ``20 s to 50 s, 60 s to 65 s``; of more than three only how many there are."""
    if len(several) > 3:
        return f"{window(several[0][0], several[-1][1])} in {len(several)} windows"
    return ", ".join(window(*each) for each in several)


def margin(finding: Finding) -> str:
    """Return how far the value is from its limit: ``0.6pp to spare``, ``missed by 35 ms``, or ``-``."""
    found = _sense(finding)
    if finding.value is None or finding.limit is None or found is None:
        return "-"
    is_floor, unit = found
    slack = finding.value - finding.limit if is_floor else finding.limit - finding.value
    if math.isnan(slack):
        return "-"
    if math.isinf(slack):
        return "never reached" if slack < 0 else "-"
    distance = _distance(abs(slack), unit)
    return f"missed by {distance}" if slack < 0 else f"{distance} to spare"


def met(finding: Finding) -> str:
    """Return how many of a check's samples met the fault: ``297 of 300``, ``about 12 of 118``, or ``-``."""
    exposure = finding.exposure
    if exposure is None or not exposure.under:
        return "-"
    if not exposure.providers:
        return "bystander"
    if not exposure.is_known:
        return "not known"
    about = "" if exposure.basis is Basis.TRACES else "about "
    return f"{about}{exposure.met:,} of {exposure.under:,}"


def _distance(size: float, unit: str) -> str:
    match unit:
        case "%" | "pp":
            return f"{size * 100:.3g}pp"
        case _ if unit in _SECONDS:
            return seconds(size)
        case _:
            return f"{size:.3g}{unit}"


def interval(finding: Finding) -> str:
    """Return the bounds of the value, in the objective's unit: ``97.2% to 99.8%``; empty without any."""
    found = _sense(finding)
    if finding.lower is None or finding.upper is None or found is None:
        return ""
    return f"{_measure(finding.lower, found[1])} to {_measure(finding.upper, found[1])}"


def _sense(finding: Finding) -> tuple[bool, str] | None:
    """Return whether the limit is a floor, and the unit of the value and the limit; None if unknown."""
    found = _LIMIT.search(finding.objective)
    if found is not None:
        return found[1] == ">=", found[3]
    if finding.kind != "unchanged":
        return None
    # a margin against the first phase is written without a comparator
    return (True, "pp") if finding.objective.startswith("availability") else (False, "s")


def _measure(value: float, unit: str) -> str:
    match unit:
        case "%":
            return share(value)
        case "pp":
            return f"{value * 100:+.3g}pp"
        case _ if unit in _SECONDS:
            return seconds(value)
        case _:
            return f"{value:.3g}{unit}"


def latency_limit(finding: Finding) -> float | None:
    """Return the limit of a latency objective in seconds, or None if it is about something else."""
    found = _sense(finding)
    is_latency = finding.kind in ("latency", "unchanged") and found is not None and found[1] in _SECONDS
    return finding.limit if is_latency else None


def printable(text: str) -> str:
    """Return ``text`` with control characters, lone surrogates and direction marks spelled out.

    A name from a file or an answer must neither move the terminal's cursor nor make XML or UTF-8 invalid.
    """
    return _HARMFUL.sub(lambda found: _spelled(found[0]), text)


def one_line(text: str) -> str:
    """Return ``printable(text)`` with every run of white space made one space."""
    return printable(" ".join(text.split()))


def clip(text: str, length: int) -> str:
    """Return ``text``, or its beginning and ``...`` where it is longer than ``length`` characters."""
    return text if len(text) <= length else text[: max(0, length - 3)] + "..."


def repeat_command(result: Result) -> str:
    """Return the command that repeats the run, with its seed."""
    return result.command or f"chaoskit run {shlex.quote(result.file)} --seed {result.seed}"


def _spelled(each: str) -> str:
    code = ord(each)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def peak(row: PeakRow) -> str:
    """Write which second was a provider's worst, and by how much."""
    noun = "connection" if row.are_connections else "call"
    lift = "" if row.after_lift is None else f", {row.after_lift:.3g} s after its fault ended"
    return (
        f"{row.provider}: {plural(row.calls, noun)} in the second from {row.second} s ({row.phase}{lift}), "
        f"{row.factor:.3g}x the {row.usual:.3g} a second of the first phase, whose worst second had "
        f"{row.usual_most:,}"
    )


def not_sent(row: NotSent) -> str:
    """Write how many arrivals of a phase were not sent, whose they were, and what the users did meanwhile."""
    text = f"{row.phase}: {row.not_sent:,} of {row.due:,} arrivals that were due were not sent"
    own = [f"{name} {count:,}" for name, count in row.endpoints if name != NOT_SENT]
    if own:
        text += f" ({', '.join(own)})"
    if row.thinking is not None and row.waiting is not None:
        text += f"; users slept in their task {row.thinking:.0%} of the time, "
        text += f"waited for answers {row.waiting:.0%}"
    return text
