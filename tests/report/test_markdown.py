"""The summary and the annotations of a pull request."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from chaoskit.core.result import InjectionRow, Result
from chaoskit.core.verdict import Verdict
from chaoskit.report import markdown

HOSTILE = "<script>|`*[x](y)_ \n# &amp; ~~$a$"


def flood(result: Result, count: int, reason: str) -> Result:
    first = next(each for each in result.findings if each.verdict is Verdict.FAIL)
    many = tuple(replace(first, check=f"survive/e{n}/fault/p95", reason=reason) for n in range(count))
    return replace(result, findings=many)


@pytest.mark.parametrize("name", ["pass", "fail", "inconclusive", "aborted"])
def test_a_summary_reads_as_in_the_file(
    name: str, examples: dict[str, Result], matches: Callable[[str, str], bool]
) -> None:
    assert matches(f"{name}.md", markdown.render(examples[name]))


@pytest.mark.parametrize("reason", ["late", "late " * 600, "\N{SNOWMAN}|" * 1900])
def test_a_summary_of_5000_checks_is_short_enough_and_says_how_many_are_left_out(
    examples: dict[str, Result], reason: str
) -> None:
    result = flood(examples["fail"], 5000, reason)
    shown = markdown.render(result)

    assert len(shown.encode()) < 900_000
    bullets = len(re.findall(r"^- \*\*fail\*\*", shown, re.MULTILINE))
    left_out = re.search(r"([\d,]+) more checks? in result.json", shown)
    assert bullets + (int(left_out[1].replace(",", "")) if left_out else 0) == 5000
    assert "### What was hit" in shown
    assert result.command in shown


def test_a_foreign_text_cannot_leave_its_cell(examples: dict[str, Result]) -> None:
    result = examples["fail"]
    findings = tuple(replace(each, check=HOSTILE, measured=HOSTILE) for each in result.findings)
    row = InjectionRow(
        id=HOSTILE,
        provider=HOSTILE,
        fault=HOSTILE,
        window=(0, 1),
        share=HOSTILE,
        eligible=1,
        drawn=1,
        hits=1,
    )
    shown = markdown.render(replace(result, findings=findings, injections=(row,), notes=(HOSTILE,)))

    assert "<script>" not in shown
    rows = [line for line in shown.splitlines() if line.startswith("|")]
    bars = {len(re.findall(r"(?<!\\)\|", line)) for line in rows}
    assert bars == {7, 8}


def test_a_command_cannot_leave_its_fence(examples: dict[str, Result]) -> None:
    shown = markdown.render(replace(examples["pass"], command="chaoskit run ```\n````x"))

    assert shown.endswith("\n`````sh\nchaoskit run ``` ````x\n`````\n")


def test_annotations_point_at_the_lines_of_what_did_not_pass(examples: dict[str, Result]) -> None:
    assert markdown.annotations(examples["pass"]) == []
    assert markdown.annotations(examples["fail"])[0] == (
        "::error file=experiments/checkout.yaml,line=22,title=survive/checkout/fault/availability"
        "::fail: asked >= 97%25, got 0.0%25: 0 of 450 samples of checkout were good in fault"
    )
    assert [each.partition(" ")[0] for each in markdown.annotations(examples["inconclusive"])] == [
        "::warning"
    ] * 4
    (aborted,) = markdown.annotations(examples["aborted"])
    assert aborted.startswith(
        "::error file=experiments/checkout.yaml,title=ABORTED::availability of catalogue"
    )


@pytest.mark.parametrize(("count", "lines"), [(9, 9), (10, 10), (11, 10), (5000, 10)])
def test_there_are_never_more_than_ten_annotations(
    examples: dict[str, Result], count: int, lines: int
) -> None:
    given = markdown.annotations(flood(examples["fail"], count, "late"))

    assert len(given) == lines
    if count > 10:
        assert f"::{count - 9} more checks did not pass" in given[-1]


def test_an_annotation_is_one_line_whatever_the_text(examples: dict[str, Result]) -> None:
    result = flood(examples["fail"], 1, "a\r\nb 100%: c, d")
    strange = replace(result, file="a,b:c.yaml")

    message = "fail: asked >= 97%25, got 0.0%25: a\\x0d%0Ab 100%25: c, d"
    title = "survive/e0/fault/p95"
    assert markdown.annotations(strange) == [f"::error file=a%2Cb%3Ac.yaml,line=22,title={title}::{message}"]
