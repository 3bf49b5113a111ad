"""The report on a terminal: the verdict and its reason first, then the evidence. Readable without colour."""

from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chaoskit.core.exposure import described
from chaoskit.core.result import InjectionRow, Result
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.report import words

_STYLES = {Verdict.PASS: "bold green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "bold yellow"}


def render(result: Result, *, color: bool, width: int) -> str:
    """Return the report in lines of at most ``width`` columns; fewer than 40 are taken for 40.

    Only the command to repeat the run may be longer: it must stay whole to be copied.
    """
    out = StringIO()
    console = Console(
        file=out,
        width=max(width, 40),
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        # the environment of whoever calls must not change the text
        _environ={},
    )
    _headline(console, result)
    _open(console, result, Verdict.FAIL, "What failed")
    _open(console, result, Verdict.INCONCLUSIVE, "What could not be told")
    _checks(console, result)
    _exposures(console, result)
    _injections(console, result)
    if result.verdict is None and result.events:
        _heading(console, "What happened")
        for event in result.events:
            _say(console, f"{event.t:8.1f} s  {words.one_line(event.text)}")
    if result.peaks:
        _heading(console, "The worst second of each provider")
        for row in result.peaks:
            _say(console, words.one_line(words.peak(row)))
    if result.not_sent:
        _heading(console, "What was not sent")
        for row in result.not_sent:
            _say(console, words.one_line(words.not_sent(row)))
    if result.notes:
        _heading(console, "Notes")
        for note in result.notes:
            _say(console, words.one_line(note))
    _heading(console, "Repeat with")
    console.print(Text(f"  {words.one_line(words.repeat_command(result))}"), soft_wrap=True)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _headline(console: Console, result: Result) -> None:
    style = "bold yellow" if result.verdict is None else _STYLES[result.verdict]
    line = Text(words.headline(result), style=style)
    line.append(f": {words.one_line(result.sentence)}", style="bold")
    console.print(line)
    console.print()
    facts = (
        words.one_line(result.name),
        f"run {words.one_line(result.run)}",
        f"seed {result.seed}",
        f"exit code {result.exit_code}",
    )
    console.print(Text(", ".join(facts)))


def _heading(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, style="bold underline"))


def _say(console: Console, text: str | Text, indent: int = 2) -> None:
    console.print(Padding(text if isinstance(text, Text) else Text(text), (0, 0, 0, indent)))


def _open(console: Console, result: Result, verdict: Verdict, title: str) -> None:
    found = [each for each in result.findings if each.verdict is verdict]
    if not found:
        return
    _heading(console, f"{title} ({len(found)})")
    for each in found:
        name = Text(words.one_line(each.check), style=_STYLES[verdict])
        if each.line is not None:
            name.append(f"  {words.one_line(result.file)}:{each.line}", style="not bold dim")
        _say(console, name)
        asked = f"asked {words.one_line(each.objective)}, got {words.one_line(each.measured)}"
        _say(console, f"{asked}: {words.one_line(each.reason)}", indent=4)
        if each.needed is not None:
            _say(console, f"{words.plural(each.needed, 'sample')} would settle it", indent=4)


def _table(*columns: tuple[str, bool]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for title, is_number in columns:
        table.add_column(title, justify="right" if is_number else "left", overflow="fold")
    return table


def _checks(console: Console, result: Result) -> None:
    if not result.findings:
        return
    _heading(console, words.tally(result.findings).capitalize())
    table = _table(
        ("check", False), ("objective", False), ("measured", False), ("samples", True), ("verdict", False)
    )
    rows = [_check_row(each) for each in result.findings]
    size = _share_out(table, rows, console.width - 2)
    for name, *others in rows:
        table.add_row(Text(_broken(name.plain, size)), *others)
    console.print(Padding(table, (0, 0, 0, 2)))


def _broken(name: str, size: int) -> str:
    """Return an id in lines of at most ``size``, broken after slashes where it can be."""
    lines = [""]
    for part in name.split("/"):
        if lines[-1] and len(lines[-1]) + len(part) + 1 > size:
            lines.append("")
        lines[-1] += f"{part}/"
    return "\n".join(lines).removesuffix("/")


def _share_out(table: Table, rows: list[tuple[Text, ...]], width: int) -> int:
    """Keep numbers and verdicts whole, and ids as whole as can be; return the room for an id."""
    longest = [
        max(len(str(column.header)), *(len(row[i]) for row in rows)) for i, column in enumerate(table.columns)
    ]
    check, objective, measured, samples, verdict = longest
    free = width - 3 * (len(longest) - 1) - samples - verdict
    if sum(longest[:3]) <= free or free < 36:
        return check  # nothing is short, or everything is
    check = min(check, free // 2)
    objective = min(objective, max((free - check) // 2, free - check - measured))
    widths = (check, objective, min(measured, free - check - objective), samples, verdict)
    for column, size in zip(table.columns, widths, strict=True):
        column.width = size
    return check


def _check_row(each: Finding) -> tuple[Text, ...]:
    return (
        Text(words.one_line(each.check)),
        Text(words.one_line(each.objective)),
        Text(words.one_line(each.measured)),
        Text(f"{each.samples:,}" if each.samples else "-"),
        Text(each.verdict.value, style=_STYLES[each.verdict]),
    )


def _exposures(console: Console, result: Result) -> None:
    """Say for each endpoint and phase how many of its requests met the fault, and how that is known."""
    found = {
        (finding.subject, finding.phase): finding.exposure
        for finding in result.findings
        if finding.exposure is not None
    }
    if found:
        _heading(console, "Who met the fault")
    for (subject, phase), exposure in found.items():
        _say(console, words.one_line(f"{subject} in {phase}: {described(exposure)}"))


def _injections(console: Console, result: Result) -> None:
    if not result.injections:
        return
    _heading(console, "What was hit")
    table = _table(
        ("injection", False),
        ("fault", False),
        ("when", False),
        ("eligible", True),
        ("drawn", True),
        ("hits", True),
    )
    for each in result.injections:
        table.add_row(*_injection_row(each))
    console.print(Padding(table, (0, 0, 0, 2)))


def _injection_row(each: InjectionRow) -> tuple[Text, ...]:
    return (
        Text(words.one_line(each.id)),
        Text(words.one_line(f"{each.fault} on {each.provider}, {each.share}")),
        Text(words.windows(each.when)),
        Text(f"{each.eligible:,}"),
        Text(f"{each.drawn:,}"),
        Text(f"{each.hits:,}", style="" if each.hits else "bold yellow"),
    )
