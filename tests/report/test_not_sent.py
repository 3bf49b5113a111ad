"""What was never sent is in every report, with its numbers by phase."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chaoskit.core.result import NotSent, Result
from chaoskit.report import html, junit, markdown, result_json, text

ROWS = (
    NotSent(
        phase="fault", due=1250, not_sent=1025, endpoints=(("(not sent)", 1025),), thinking=0.8, waiting=0.2
    ),
    NotSent(phase="recovery", due=1000, not_sent=3, endpoints=(("checkout", 2), ("items", 1))),
)
RENDERERS: dict[str, Callable[[Result], str]] = {
    "text": lambda result: text.render(result, color=False, width=200),
    "markdown": markdown.render,
    "html": html.render,
    "junit": junit.render,
}


@pytest.mark.parametrize("name", RENDERERS)
def test_a_report_says_what_was_not_sent_and_what_the_users_did(
    examples: dict[str, Result], name: str
) -> None:
    plain = replace(examples["pass"], series=(), provider_calls=())
    shown = RENDERERS[name](replace(plain, not_sent=ROWS, notes=("users.py: its LoadTestShape is not used",)))

    assert (
        "fault: 1,025 of 1,250 arrivals that were due were not sent; users slept in their task 80% of the "
        "time, waited for answers 20%"
    ) in shown
    assert "recovery: 3 of 1,000 arrivals that were due were not sent (checkout 2, items 1)" in shown
    assert "users.py: its LoadTestShape is not used" in shown
    assert "not sent" not in RENDERERS[name](plain)


def test_the_numbers_are_in_the_json(examples: dict[str, Result]) -> None:
    result = replace(examples["pass"], not_sent=ROWS)
    assert result_json.parse(result_json.render(result)).not_sent == ROWS
