"""Bounds on ratios: equal to scipy's, and as wide as they must be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as oracle

from chaoskit.slos.stats import bounds, clopper_pearson, least, needed, newcombe, wilson, z

GRID = [
    (bad, n)
    for n in (1, 7, 59, 300, 3000, 1_000_000)
    for bad in (0, 1, 2, 5, 29, n // 2, n - 1, n)
    if bad <= n
]


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize(("ours", "method"), [(clopper_pearson, "exact"), (wilson, "wilson")])
def test_the_bounds_are_scipys(ours, method, confidence):
    for bad, n in GRID:
        # a one-sided bound is the end of a two-sided interval with twice the error
        known = oracle.binomtest(n - bad, n).proportion_ci(2 * confidence - 1, method=method)
        assert ours(n - bad, n, confidence) == pytest.approx((known.low, known.high), rel=1e-9, abs=1e-9)


def test_z_is_the_one_sided_quantile():
    assert [round(z(c), 4) for c in (0.9, 0.95, 0.99)] == [1.2816, 1.6449, 2.3263]


def test_nothing_is_known_about_no_samples():
    assert wilson(0, 0, 0.95) == clopper_pearson(0, 0, 0.95) == (0.0, 1.0)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95, 0.99, 0.999])
@pytest.mark.parametrize("n", [60, 300, 2000])
def test_each_bound_holds_nearly_as_often_as_it_says(share, n):
    """Exact coverage, summed over the binomial law: no draws, so nothing can flicker."""
    good = np.arange(n + 1)
    weight = oracle.binom.pmf(good, n, share)
    likely = weight > 1e-12
    pairs = np.array([bounds(int(g), n, 1.0, 0.95) for g in good[likely]])
    lower = weight[likely][pairs[:, 0] <= share].sum()
    upper = weight[likely][pairs[:, 1] >= share].sum()
    assert lower >= 0.94
    assert upper >= 0.94


def test_few_bad_events_are_never_promised_too_much():
    for n, share in [(60, 0.97), (300, 0.99), (3000, 0.999)]:
        good = np.arange(n + 1)
        weight = oracle.binom.pmf(good, n, share)
        held = sum(w for g, w in zip(good, weight, strict=True) if bounds(int(g), n, 1.0, 0.95)[1] >= share)
        assert held >= 0.95  # Wilson alone covers 0.917 to 0.932 here


@pytest.mark.parametrize(("limit", "enough"), [(0.95, 59), (0.99, 299), (0.995, 598), (0.999, 2995)])
def test_so_many_samples_without_a_bad_one_are_enough_and_one_less_is_not(limit, enough):
    assert least(limit, 0.95) == enough
    assert bounds(enough, enough, 1.0, 0.95)[0] >= limit > bounds(enough - 1, enough - 1, 1.0, 0.95)[0]


@pytest.mark.parametrize(("share", "limit"), [(0.98, 0.95), (0.92, 0.95), (0.995, 0.99), (0.5, 0.6)])
def test_the_samples_that_are_said_to_settle_it_do(share, limit):
    n = needed(share, limit, 1.0, 0.95)
    lower, upper = bounds(share * n, n, 1.0, 0.95)
    assert lower >= limit - 1e-9 or upper <= limit + 1e-9
    lower, upper = bounds(share * n * 0.9, n * 0.9, 1.0, 0.95)
    assert lower < limit < upper


def test_a_few_bad_samples_need_more_than_the_formula_for_many_says():
    """99.1 % where 95 % is asked: Wilson's bound is content with 80 samples, the exact one is not."""
    share = 1 - 0.73 / 80
    assert needed(share, 0.95, 1.0, 0.95) > 80
    assert wilson(45 * share, 45, 0.95)[0] < 0.95 < wilson(80 * share, 80, 0.95)[0]
    assert bounds(80 * share, 80, 1.0, 0.95)[0] < 0.95


def test_no_number_of_samples_settles_a_share_that_is_its_limit():
    assert needed(0.95, 0.95, 1.0, 0.95) is None


@settings(max_examples=50)
@given(st.integers(1, 400), st.data())
def test_one_more_bad_sample_never_raises_a_bound(n, data):
    good = data.draw(st.integers(0, n))
    before, after = bounds(good, n, 1.0, 0.95), bounds(good, n + 1, 1.0, 0.95)
    assert after[0] <= before[0] + 1e-12
    assert after[1] <= before[1] + 1e-12


@pytest.mark.parametrize("deff", [1.0, 1.3, 2.0, 5.0, 20.0])
def test_where_the_exact_bound_gives_way_to_wilsons_one_more_bad_sample_does_not_help(deff):
    for n in (150, 700, 5000):
        for bad in np.linspace(min(n / 2, 25 * deff), min(n / 2, 62 * deff), 12).astype(int).tolist():
            assert bounds(n - bad, n + 1, deff, 0.95)[0] <= bounds(n - bad, n, deff, 0.95)[0]


@settings(max_examples=50)
@given(st.floats(1, 50), st.integers(50, 500), st.integers(0, 50))
def test_samples_that_are_worth_less_widen_the_bounds(deff, n, bad):
    plain, wide = bounds(n - bad, n, 1.0, 0.95), bounds(n - bad, n, 1.0 + 1e-9 if deff < 1.01 else deff, 0.95)
    assert wide[0] <= plain[0] + 1e-7
    assert wide[1] >= plain[1] - 1e-7


def test_newcombes_published_example():
    """56 of 70 against 48 of 80: 0.2, from 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    one, other = wilson(56, 70, 0.975), wilson(48, 80, 0.975)
    found = newcombe((56 / 70, *one), (48 / 80, *other))
    assert [round(each, 4) for each in found] == [0.2, 0.0524, 0.3339]
