"""Numbers and foreign text in words."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaoskit.core.result import PeakRow, Result
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.report import html, markdown, result_json, text, words


def finding(objective: str, value: float | None, limit: float | None, kind: str = "availability") -> Finding:
    return Finding(
        check="a/b/c/d",
        kind=kind,
        phase="fault",
        subject="b",
        verdict=Verdict.PASS,
        objective=objective,
        measured="",
        reason="",
        value=value,
        limit=limit,
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (math.nan, "-"),
        (math.inf, "never"),
        (0.0, "0 s"),
        (0.00025, "250 us"),
        (0.0123, "12.3 ms"),
        (0.9996, "1 s"),
        (1.254, "1.25 s"),
        (-0.04, "-40 ms"),
        (120.0, "2 min"),
        (250.4, "4 min 10 s"),
    ],
)
def test_a_duration_is_easy_to_read(value: float | None, text: str) -> None:
    assert words.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.0, "0%"), (1.0, "100%"), (0.5, "50%"), (0.9996, "99.96%"), (0.0001, "0.01%")],
)
def test_a_share_is_a_percentage(value: float | None, text: str) -> None:
    assert words.share(value) == text


@settings(deadline=None)
@given(st.floats(0, 1))
def test_only_a_whole_share_is_shown_as_whole_and_only_none_as_none(value: float) -> None:
    assert (words.share(value) == "100%") == (value == 1.0)
    assert (words.share(value) == "0%") == (value == 0.0)


@pytest.mark.parametrize(
    ("objective", "kind", "value", "limit", "text"),
    [
        (">= 99%", "availability", 0.996, 0.99, "0.6pp to spare"),
        (">= 99%", "availability", 0.312, 0.99, "missed by 67.8pp"),
        ("p95 <= 800ms", "latency", 0.2, 0.8, "600 ms to spare"),
        ("p95 <= 800ms", "latency", 1.0, 0.8, "missed by 200 ms"),
        ("p95 <= 800ms", "latency", None, 0.8, "-"),
        ("p95 <= 800ms", "latency", math.inf, 0.8, "never reached"),
        ("<= 3x", "amplification", 2.5, 3.0, "0.5x to spare"),
        ("availability -0.5pp", "unchanged", -0.02, -0.005, "missed by 1.5pp"),
        ("p95 +25% +5ms", "unchanged", 0.1, 0.13, "30 ms to spare"),
        ("is running at the end", "alive", None, None, "-"),
    ],
)
def test_a_margin_is_in_the_unit_of_its_objective(
    objective: str, kind: str, value: float | None, limit: float | None, text: str
) -> None:
    assert words.margin(finding(objective, value, limit, kind)) == text


def test_bounds_are_in_the_unit_of_the_objective() -> None:
    share = replace(finding(">= 99%", 0.9, 0.99), lower=0.85, upper=0.95)
    late = replace(finding("p95 <= 1s", 0.9, 1.0, "latency"), lower=0.8, upper=1.1)

    assert words.interval(share) == "85% to 95%"
    assert words.interval(late) == "800 ms to 1.1 s"
    assert words.interval(replace(share, lower=None)) == ""


def test_only_objectives_about_latency_have_a_line_in_a_chart_of_latency() -> None:
    assert words.latency_limit(finding("p95 <= 800ms", 0.1, 0.8, "latency")) == 0.8
    assert words.latency_limit(finding("p95 +25% +5ms", 0.1, 0.13, "unchanged")) == 0.13
    assert words.latency_limit(finding("availability -0.5pp", 0.1, -0.005, "unchanged")) is None
    assert words.latency_limit(finding("<= 5s", 1.0, 5.0, "time_to_recover")) is None
    assert words.latency_limit(finding(">= 99%", 0.1, 0.99)) is None


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_printable_text_can_be_written_anywhere_and_printable_twice_is_printable_once(text: str) -> None:
    shown = words.printable(text)

    shown.encode()
    assert all(each.isprintable() or each in "\n\t" or ord(each) >= 0xA0 for each in shown)
    assert words.printable(shown) == shown


def test_ordinary_text_in_any_script_is_left_alone() -> None:
    text = 'Zahlung fällig: 支払い "98 %" \N{SNOWMAN}\n\tend'

    assert words.printable(text) == text
    assert words.one_line(text) == 'Zahlung fällig: 支払い "98 %" \N{SNOWMAN} end'


def test_the_gravest_findings_come_first_each_kind_in_its_order(examples: dict[str, Result]) -> None:
    given = [replace(finding(">= 1%", 1, 1), check=f"{v}{n}", verdict=v) for n in (1, 2) for v in Verdict]

    assert [each.check for each in words.by_gravity(given)] == [
        "fail1",
        "fail2",
        "inconclusive1",
        "inconclusive2",
        "pass1",
        "pass2",
    ]
    assert words.tally(given) == "6 checks: 2 pass, 2 fail, 2 inconclusive"
    assert words.tally([]) == "0 checks"


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        ("aborted", "ABORTED"),
        ("interrupted", "INTERRUPTED"),
        ("crashed", "CRASHED"),
        ("not started", "NOT STARTED"),
        ("?", "NO VERDICT"),
    ],
)
def test_a_run_without_a_verdict_is_called_by_how_it_ended(
    outcome: str, word: str, examples: dict[str, Result]
) -> None:
    assert words.headline(replace(examples["aborted"], outcome=outcome)) == word


def test_a_run_that_kept_no_command_is_repeated_by_file_and_seed(examples: dict[str, Result]) -> None:
    result = replace(examples["pass"], command="", file="my file.yaml", seed=9)

    assert words.repeat_command(result) == "chaoskit run 'my file.yaml' --seed 9"


def test_several_windows_are_told_one_by_one_and_many_as_a_number():
    assert words.windows([(20.0, 25.0), (40.0, 45.5)]) == "20 s to 25 s, 40 s to 45.5 s"
    assert words.windows([(n * 10.0, n * 10.0 + 5) for n in range(8)]) == "0 s to 75 s in 8 windows"


def test_a_peak_says_how_much_more_than_usual_and_when() -> None:
    row = PeakRow(
        provider="stripe",
        second=51,
        phase="recovery",
        calls=300,
        usual=50.0,
        usual_most=61,
        after_lift=2.0,
    )
    assert words.peak(row) == (
        "stripe: 300 calls in the second from 51 s (recovery, 2 s after its fault ended), "
        "6x the 50 a second of the first phase, whose worst second had 61"
    )
    under = replace(row, after_lift=None, phase="fault", are_connections=True)
    assert "300 connections in the second from 51 s (fault), 6x" in words.peak(under)


def test_every_report_has_the_peaks(examples: dict[str, Result]) -> None:
    row = PeakRow(provider="stripe", second=51, phase="recovery", calls=300, usual=50.0, usual_most=61)
    result = replace(examples["pass"], peaks=(row,))
    reports = (text.render(result, color=False, width=300), markdown.render(result), html.render(result))
    assert ["300 calls in the second from 51 s" in each for each in reports] == [True] * 3
    assert json.loads(result_json.render(result))["peaks"][0]["calls"] == 300
