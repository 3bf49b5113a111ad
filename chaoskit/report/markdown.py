"""A summary for a pull request, in GitHub's Markdown, and annotations at the SLOs' lines.

GitHub drops a step's whole summary beyond 1 MiB and every annotation beyond the tenth of a step.
"""

import re
from collections.abc import Callable
from functools import partial

from chaoskit.core.result import InjectionRow, Result
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.report import words

Line = Callable[[], str]
"""Writes a line when it is wanted: of thousands, only those that fit are."""
MOST_BYTES = 900_000
MOST_ANNOTATIONS = 9
_LONGEST = 2_000  # characters of one foreign text
_SPECIAL = re.compile(r"([\\`*\[\]|~$#]|(?<![^\W_])_|_(?![^\W_]))")


def render(result: Result) -> str:
    """Return the summary: verdict, what did not pass, all checks, what was hit; less than 900 kB of UTF-8."""
    head = f"## {words.headline(result)}: {_safe(result.sentence)}\n\n{_facts(result)}\n"
    tail = f"\nRepeat with\n\n{_fenced(words.repeat_command(result))}\n"
    budget = MOST_BYTES - _size(head) - _size(tail) - 1_000
    blocks: tuple[tuple[str, str, list[Line]], ...] = (
        (_OPEN, "check", [partial(_bullet, result, each) for each in words.open_questions(result)]),
        (_CHECKS, "check", [partial(_check, each) for each in words.by_gravity(result.findings)]),
        (_HITS, "injection", [partial(_hit, each) for each in result.injections]),
        (_PEAKS, "provider", [partial(_note, words.peak(row)) for row in result.peaks]),
        (_UNSENT, "phase", [partial(_note, words.not_sent(row)) for row in result.not_sent]),
        (_NOTES, "note", [partial(_note, each) for each in result.notes]),
    )
    parts = [head]
    for title, noun, lines in blocks:
        if lines:
            block, budget = _fitted(title, noun, lines, budget)
            parts.append(block)
    return "".join([*parts, tail])


def annotations(result: Result) -> list[str]:
    """Return workflow commands that put what did not pass at its line: at most 9, and one for the rest."""
    if result.verdict is None:
        return [_annotation("error", result.file, None, words.headline(result), result.sentence)]
    bad = words.open_questions(result)
    shown = bad if len(bad) <= MOST_ANNOTATIONS + 1 else bad[:MOST_ANNOTATIONS]
    lines = [
        _annotation(
            "error" if each.verdict is Verdict.FAIL else "warning",
            result.file,
            each.line,
            each.check,
            f"{each.verdict.value}: asked {each.objective}, got {each.measured}: {each.reason}",
        )
        for each in shown
    ]
    if len(bad) > len(shown):
        rest = f"{len(bad) - len(shown)} more checks did not pass; see the summary"
        lines.append(_annotation("error", result.file, None, result.name, rest))
    return lines


_OPEN = "\n### What did not pass\n\n"
_PEAKS = "\n### The worst second of each provider\n\n"
_UNSENT = "\n### What was not sent\n\n"
_NOTES = "\n### Notes\n\n"
_CHECKS = """
### Checks

| verdict | check | objective | measured | margin | samples | met the fault |
| --- | --- | --- | --- | --- | ---: | ---: |
"""
_HITS = """
### What was hit

| injection | fault | when | eligible | drawn | hits |
| --- | --- | --- | ---: | ---: | ---: |
"""


def _facts(result: Result) -> str:
    return (
        f"{_safe(result.name)}, run {_safe(result.run)}, seed {result.seed}, exit code {result.exit_code}; "
        f"{words.tally(result.findings)}"
    )


def _bullet(result: Result, each: Finding) -> str:
    place = f" ({_safe(result.file)}:{each.line})" if each.line is not None else ""
    needed = f"; {words.plural(each.needed, 'sample')} would settle it" if each.needed is not None else ""
    return (
        f"- **{each.verdict.value}** {_safe(each.check)}{place}: asked {_safe(each.objective)}, "
        f"got {_safe(each.measured)}: {_safe(each.reason)}{needed}\n"
    )


def _check(each: Finding) -> str:
    verdict = each.verdict.value if each.verdict is Verdict.PASS else f"**{each.verdict.value}**"
    samples = f"{each.samples:,}" if each.samples else "-"
    cells = (
        verdict,
        _safe(each.check),
        _safe(each.objective),
        _safe(each.measured),
        words.margin(each),
        samples,
        words.met(each),
    )
    return f"| {' | '.join(cells)} |\n"


def _hit(each: InjectionRow) -> str:
    fault = f"{_safe(each.fault)} on {_safe(each.provider)}, {_safe(each.share)}"
    cells = (_safe(each.id), fault, words.windows(each.when), f"{each.eligible:,}", f"{each.drawn:,}")
    return f"| {' | '.join(cells)} | {each.hits:,} |\n"


def _note(note: str) -> str:
    return f"- {_safe(note)}\n"


def _fitted(title: str, noun: str, lines: list[Line], budget: int) -> tuple[str, int]:
    """Return the block with as many lines as the budget takes, and what is left of the budget."""
    kept = [title]
    left = budget - _size(title)
    # half for each block, so that the first does not starve the rest
    limit = left // 2
    for number, write in enumerate(lines):
        line = write()
        limit -= _size(line)
        if limit < 0:
            kept.append(f"\n{words.plural(len(lines) - number, f'more {noun}')} in result.json\n")
            break
        kept.append(line)
        left -= _size(line)
    return "".join(kept), left


def _safe(text: str) -> str:
    """Return foreign text so that Markdown shows it as it is, in one line and in a table's cell."""
    plain = words.one_line(words.clip(text, _LONGEST))
    escaped = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", escaped)


def _fenced(text: str) -> str:
    inner = words.one_line(words.clip(text, _LONGEST))
    longest = max((len(run) for run in re.findall(r"`+", inner)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{inner}\n{fence}"


def _size(text: str) -> int:
    return len(text.encode())


def _annotation(level: str, file: str, line: int | None, title: str, message: str) -> str:
    place = f"file={_property(file)}" + (f",line={line}" if line is not None else "")
    return f"::{level} {place},title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    plain = words.printable(words.clip(text, _LONGEST))
    return plain.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
