"""The report on a terminal."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from chaoskit.core.result import Result
from chaoskit.report import text

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("name", ["pass", "fail", "inconclusive", "aborted"])
def test_a_report_reads_as_in_the_file(
    name: str, examples: dict[str, Result], matches: Callable[[str, str], bool]
) -> None:
    assert matches(f"{name}.txt", text.render(examples[name], color=False, width=100))


def test_the_first_line_is_the_verdict_and_why(example: Result) -> None:
    first = text.render(example, color=False, width=500).splitlines()[0]

    assert first.endswith(f": {example.sentence}")
    assert first.startswith(("PASS:", "FAIL:", "INCONCLUSIVE:", "ABORTED:"))


def test_colour_adds_nothing_but_colour(example: Result) -> None:
    plain = text.render(example, color=False, width=100)
    colored = text.render(example, color=True, width=100)

    assert "\x1b" not in plain
    assert "\x1b[" in colored
    assert [line.rstrip() for line in ESCAPE.sub("", colored).splitlines()] == plain.splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal_but_the_command(example: Result, width: int) -> None:
    lines = text.render(example, color=False, width=width).splitlines()

    assert [line for line in lines if len(line) > width and example.command not in line] == []


@pytest.mark.parametrize("width", [72, 80, 100, 140])
def test_a_long_objective_pushes_no_verdict_and_no_number_out_of_the_table(
    width: int, examples: dict[str, Result]
) -> None:
    result = examples["fail"]
    wordy = tuple(
        replace(each, objective="at least so many of what was due", measured="fewer of them than that")
        for each in result.findings
    )
    shown = text.render(replace(result, findings=wordy), color=False, width=width)
    rows = re.findall(r"^  \w\S*/.* (\S+) +(pass|fail)$", shown, re.MULTILINE)

    assert rows == [(f"{e.samples:,}" if e.samples else "-", e.verdict.value) for e in result.findings]


def test_a_long_command_stays_on_one_line_to_be_copied(examples: dict[str, Result]) -> None:
    command = "chaoskit run experiments/a.yaml --seed 7 " + " ".join(f"--set load.n{n}=1" for n in range(30))

    assert f"  {command}\n" in text.render(replace(examples["pass"], command=command), color=False, width=60)


def test_a_name_cannot_move_the_cursor_or_set_a_style(examples: dict[str, Result]) -> None:
    hostile = replace(examples["fail"], name="\x1b[2Jgone", sentence="[bold]a[/bold]\r\x9b1A :smile:")
    shown = text.render(hostile, color=False, width=100)

    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert "\\x1b[2Jgone" in shown
    assert "[bold]a[/bold]" in shown
    assert ":smile:" in shown


def test_samples_that_would_settle_it_are_told(examples: dict[str, Result]) -> None:
    result = examples["inconclusive"]
    findings = tuple(replace(each, needed=2995) for each in result.findings)

    shown = text.render(replace(result, findings=findings), color=False, width=100)

    assert shown.count("2,995 samples would settle it") == 4
