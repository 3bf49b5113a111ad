"""When samples were good again: estimates against simulated truth, and runs that never came back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.slos.change_point import Span, _best_after_a_bad_one, _likelihood, change_point, returned

TRUE = 4.2


def run(rng, rate, before, after, wanted):
    length = 30
    t = (np.arange(rate * length) + 0.5) / rate
    good = rng.random(len(t)) >= np.where(t < TRUE, before, after)
    return returned(t, good, wanted, Span(0.0, length, 5.0), 0.95)


@pytest.mark.parametrize(
    ("rate", "before", "after", "wanted", "error"),
    [
        (10, 0.9, 0.001, 0.99, 0.4),
        (50, 0.9, 0.001, 0.99, 0.07),
        (50, 0.2, 0.01, 0.95, 0.6),
        (200, 0.5, 0.01, 0.95, 0.06),
        (500, 0.2, 0.01, 0.95, 0.08),
    ],
)
def test_the_change_is_found_about_where_it_was(rate, before, after, wanted, error):
    """Errors at most about twice what was measured for this estimator (research, 300 runs); 100 runs here."""
    rng = np.random.default_rng(rate)
    found = [run(rng, rate, before, after, wanted) for _ in range(100)]
    errors = np.array([each.value for each in found]) - TRUE
    assert all(each.is_back for each in found)
    assert abs(np.median(errors)) <= error / 2
    assert np.quantile(np.abs(errors), 0.9) <= error
    covered = sum(each.lower <= TRUE <= each.upper for each in found)
    assert covered >= 88  # nominal 95 %


def test_a_short_flap_later_does_not_move_it():
    t = (np.arange(1500) + 0.5) / 50
    good = (t >= TRUE) & ~((t >= 13) & (t < 14))
    assert returned(t, good, 0.95, Span(0.0, 30.0, 5.0), 0.95).value == pytest.approx(TRUE, abs=0.03)


def test_a_stretch_that_is_good_for_too_short_is_not_a_return():
    t = (np.arange(1500) + 0.5) / 50
    good = ((t >= 2) & (t < 4)) | (t >= 15)
    assert returned(t, good, 0.95, Span(0.0, 30.0, 5.0), 0.95).value == pytest.approx(15.0, abs=0.03)


def test_what_was_never_disturbed_is_back_at_once():
    rng = np.random.default_rng(6)
    found = [run(rng, 50, 0.005, 0.005, 0.99) for _ in range(100)]
    assert sum(each.is_back and each.value == 0.0 and not each.disturbed for each in found) >= 97


def test_a_disturbance_that_begins_late_counts_from_the_start():
    t = (np.arange(1500) + 0.5) / 50
    good = (t < 10) | (t >= 18)
    found = returned(t, good, 0.95, Span(0.0, 30.0, 5.0), 0.95)
    assert (round(found.value), found.is_back, found.disturbed) == (18, True, True)


@pytest.mark.parametrize("bad", [0.5, 0.9, 1.0])
def test_what_stays_bad_never_comes_back(bad):
    rng = np.random.default_rng(7)
    found = [run(rng, 50, bad, bad, 0.95) for _ in range(20)]
    assert not any(each.is_back for each in found)
    assert all(each.lower >= 25 for each in found)  # a run of 5 s might have begun after that


def test_a_return_just_before_the_end_is_only_a_lower_bound():
    t = (np.arange(1500) + 0.5) / 50
    found = returned(t, t >= 27, 0.95, Span(0.0, 30.0, 5.0), 0.95)
    assert (found.is_back, found.is_known, round(found.lower, 1)) == (False, True, 27.0)


def test_no_sample_is_unknown():
    found = returned(np.zeros(0), np.zeros(0, dtype=bool), 0.95, Span(0.0, 30.0, 5.0), 0.95)
    assert (found.is_back, found.is_known, found.value) == (False, False, math.inf)


def test_few_good_samples_are_unknown_not_a_return():
    t = np.arange(0.0, 30.0, 1.0)
    found = returned(t, np.ones(30, dtype=bool), 0.95, Span(0.0, 30.0, 5.0), 0.95)
    assert (found.is_back, found.is_known) == (False, False)


def test_samples_that_stop_coming_are_unknown_not_a_return():
    t = np.arange(0.0, 10.0, 0.02)
    found = returned(t, t > 9.9, 0.95, Span(0.0, 30.0, 5.0), 0.95)
    assert (found.is_back, found.is_known) == (False, False)


def test_chance_alone_makes_no_change_point():
    rng = np.random.default_rng(8)
    found = [change_point(rng.random(1500) > 0.05, 0.95) for _ in range(200)]
    assert sum(each is not None for each in found) <= 4


def test_the_change_point_is_the_first_sample_of_the_better_part():
    found = change_point(np.array([False] * 30 + [True] * 70), 0.95)
    assert found is not None
    assert (found[0], found[1] <= 30 <= found[2]) == (30, True)


@given(st.lists(st.booleans(), min_size=2, max_size=300))
def test_the_best_split_is_right_after_a_bad_sample(good):
    good = np.array(good)
    bad = np.concatenate([[0], np.cumsum(~good)]).astype(float)
    n, before = len(good), np.arange(1.0, len(good))
    here, total = bad[1:-1], bad[-1]
    gain = _likelihood(here, before) + _likelihood(total - here, n - before)
    gain -= _likelihood(np.array([total]), np.array([float(n)]))
    gain[here * (n - before) <= (total - here) * before] = 0.0

    assert _best_after_a_bad_one(good) == pytest.approx(max(gain.max(), 0.0), abs=1e-9)
