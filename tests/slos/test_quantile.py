"""Percentiles are latencies that somebody saw."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.slos.quantile import order_statistic, quantile


@given(st.lists(st.floats(0, 10), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.95, 0.99, 0.999]))
def test_it_is_numpys_inverted_cdf(values, q):
    assert order_statistic(np.array(values), q) == np.percentile(values, q * 100, method="inverted_cdf")


@pytest.mark.parametrize("q", [0.5, 0.95, 0.99])
def test_its_bounds_hold_as_often_as_they_say(make, q):
    rng = np.random.default_rng(11)
    true = -math.log(1 - q)
    t = np.arange(0.0, 30.0, 0.02)
    found = [quantile(make.samples(t, rng.exponential(size=len(t))), q, 0.95) for _ in range(300)]
    assert sum(each.lower <= true for each in found) >= 0.92 * 300
    assert sum(each.upper >= true for each in found) >= 0.92 * 300


def test_few_samples_bound_a_percentile_on_one_side_only(make):
    found = quantile(make.samples(np.arange(50.0), np.arange(50.0)), 0.99, 0.95)
    assert (found.value, found.upper) == (49.0, math.inf)
    assert 0 < found.lower < found.value


def test_no_sample_has_no_percentile(make):
    assert quantile(make.samples([]), 0.5, 0.95).value == math.inf
