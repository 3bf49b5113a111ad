"""Numbers as a reader sees them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.objective import Comparison
from chaoskit.slos import phrase


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "100%"), (0.9964, "99.6%"), (0.99996, "99.996%"), (0.0, "0%"), (0.00004, "0.004%"), (0.5, "50%")],
)
def test_a_share_is_rounded_but_never_to_all_or_nothing(value, text):
    assert phrase.share(value) == text


@given(st.floats(0, 1))
def test_only_a_whole_share_reads_as_one(value):
    assert (phrase.share(value) == "100%") == (value == 1.0)
    assert (phrase.share(value) == "0%") == (value == 0.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0s"),
        (0.000212, "0.212ms"),
        (0.2124, "212ms"),
        (0.9999, "1s"),
        (1.25, "1.25s"),
        (1800.0, "1800s"),
        (math.inf, "no answer"),
    ],
)
def test_a_duration_has_three_figures(value, text):
    assert phrase.seconds(value) == text


def test_limits_read_as_in_the_file_and_as_in_a_sentence():
    limit = Comparison(">=", 0.999)
    assert phrase.objective(limit, phrase.percent) == ">= 99.9%"
    assert phrase.asked(Comparison("<=", 0.8), phrase.seconds) == "at most 800ms"


def test_the_main_cause_is_the_most_frequent_one(make):
    some = make.samples([0.0, 1.0, 2.0], good=[True, False, False], cause="reset")
    assert phrase.main_cause(some, 5.0) == "2 of 3 requests had their connection reset"
    assert phrase.main_cause(make.samples([0.0]), 5.0) == ""
