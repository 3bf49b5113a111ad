"""Shares of samples: bounds that know bursts, with the error rates of simulated runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.objective import Comparison
from chaoskit.core.verdict import Verdict
from chaoskit.slos.ratio import blocks, design_effect, ratio

RUNS = 300


def times(length, rate):
    return np.arange(length * rate) / rate


def bursty(rng, t, bad_share, burst):
    """On and off states with exponential lengths: bad while on, on for ``burst`` seconds on average."""
    off = burst * (1 - bad_share) / bad_share
    edges, state = [0.0], [rng.random() < bad_share]
    while edges[-1] < t[-1] + 1:
        edges.append(edges[-1] + rng.exponential(burst if state[-1] else off))
        state.append(not state[-1])
    return ~np.array(state)[np.searchsorted(edges, t, side="right") - 1]


def rates(draw, limit, runs=RUNS):
    """The share of passes and of fails."""
    found = [draw().against(Comparison(">=", limit)) for _ in range(runs)]
    return found.count(Verdict.PASS) / runs, found.count(Verdict.FAIL) / runs


def test_independent_failures_cost_next_to_nothing():
    rng = np.random.default_rng(1)
    t = times(60, 100)
    effects = [design_effect(t, rng.random(len(t)) > 0.05, 0.95) for _ in range(RUNS)]
    assert 1.0 <= np.median(effects) < 1.3


def test_a_burst_makes_its_samples_worth_little():
    t = times(60, 100)
    assert design_effect(t, (t < 30) | (t >= 32), 0.95) > 80


@pytest.mark.parametrize("good", [True, False])
def test_samples_that_are_all_alike_have_no_effect(good):
    t = times(60, 100)
    assert design_effect(t, np.full(len(t), good), 0.95) == 1.0


def test_a_short_phase_is_compared_in_shorter_blocks():
    """7 s are no eight blocks of a second; its samples were taken for independent ones."""
    t = times(7, 100)
    assert design_effect(t, t < 3, 0.95) > 20
    assert design_effect(t, np.arange(len(t)) % 20 > 0, 0.95) == 1.0


def test_what_nobody_knows_about_bursts_an_all_good_phase_does_not_tell():
    """Bursts of a tenth of it: ten went well, which 95 % do in 60 phases of 100, however many the samples."""
    for seconds in (10, 60, 600):
        t = times(seconds, 100)
        found = ratio(t, np.ones(len(t), dtype=bool), 0.95)
        assert found.against(Comparison(">=", 0.95)) is Verdict.INCONCLUSIVE
        assert found.effective == pytest.approx(10)


@pytest.mark.parametrize(("seconds", "verdict"), [(11, Verdict.INCONCLUSIVE), (13, Verdict.PASS)])
@pytest.mark.parametrize("rate", [20, 200])
def test_an_all_good_phase_passes_where_it_holds_enough_bursts_of_the_stated_length(seconds, verdict, rate):
    """59 samples without a failure show 95 %, so that 59 bursts of 0.2 s do, whatever the rate."""
    t = times(seconds, rate)
    found = ratio(t, np.ones(len(t), dtype=bool), 0.95, bursts=0.2)
    assert found.against(Comparison(">=", 0.95)) is verdict


def test_a_few_failures_that_last_longer_than_stated_count_as_long_as_they_were_seen_to_last():
    t = times(60, 100)
    found = ratio(t, (t < 30) | (t >= 32), 0.95, bursts=0.2)
    assert found.bursts == pytest.approx(2.0)
    assert found.effective <= 30


def test_one_more_bad_sample_never_helps_where_the_length_is_stated():
    """Of failures that are alike: the fifth one makes their own length of no account, not the stated one."""
    t = times(30, 50)
    lower = [
        ratio(t, ~np.isin(np.arange(len(t)), np.arange(bad) * 97 + 5), 0.95, bursts=0.2).lower
        for bad in range(12)
    ]
    assert lower == sorted(lower, reverse=True)


def test_at_the_limit_a_wrong_verdict_is_as_rare_as_stated_when_failures_are_independent():
    """One-sided 95 %: at a true share of exactly the limit, at most 5 % each way; 300 runs, so up to 8 %."""
    rng = np.random.default_rng(2)
    t = times(60, 100)
    passes, fails = rates(lambda: ratio(t, rng.random(len(t)) > 0.05, 0.95), 0.95)
    assert passes <= 0.08
    assert fails <= 0.08


@pytest.mark.parametrize(("true", "verdict"), [(0.93, Verdict.FAIL), (0.98, Verdict.PASS)])
def test_a_clear_case_is_settled_when_failures_are_independent(true, verdict):
    rng = np.random.default_rng(3)
    t = times(60, 100)
    found = [ratio(t, rng.random(len(t)) < true, 0.95).against(Comparison(">=", 0.95)) for _ in range(100)]
    assert found.count(verdict) >= 97


def test_bursts_make_wrong_verdicts_rarer_than_bounds_that_ignore_them():
    """120 s, bursts of 1 s, true share at the limit: the naive bounds are wrong in most runs."""
    rng = np.random.default_rng(4)
    t = times(120, 100)
    runs = [bursty(rng, t, 0.05, 1.0) for _ in range(RUNS)]
    robust = iter(runs)
    _, fails = rates(lambda: ratio(t, next(robust), 0.95), 0.95)
    naive = 0
    for good in runs:
        share = good.mean()
        naive += share + 1.645 * np.sqrt(share * (1 - share) / len(t)) < 0.95
    assert naive / RUNS > 0.35
    assert fails < 0.12  # nominal 5 %: the estimate of the effect is itself noisy, as the pages say


def test_with_headroom_bursts_are_inconclusive_not_fails():
    rng = np.random.default_rng(5)
    t = times(120, 100)
    _, fails = rates(lambda: ratio(t, bursty(rng, t, 0.02, 1.0), 0.95), 0.95, 150)
    assert fails <= 0.02


def test_no_sample_is_no_pass_and_no_fail():
    none = np.zeros(0)
    found = ratio(none, none.astype(bool), 0.95)
    assert found.against(Comparison(">=", 0.5)) is Verdict.INCONCLUSIVE
    assert found.against(Comparison("<=", 0.5)) is Verdict.INCONCLUSIVE
    assert found.n == 0


def test_arrivals_that_left_no_sample_count_as_bad():
    t = times(10, 100)
    good = np.ones(len(t), dtype=bool)
    assert ratio(t, good, 0.95, missing=1000).value == 0.5


def test_what_would_settle_it_is_more_than_there_is():
    t = times(10, 59)
    for bad in range(0, 60, 3):
        found = ratio(t, np.arange(len(t)) >= bad, 0.95)
        enough = found.needed(Comparison(">=", 0.95), 0.95)
        assert enough is None or enough > len(t)


@given(st.lists(st.tuples(st.integers(0, 30_000_000), st.booleans()), min_size=1, max_size=200))
def test_blocks_of_sorted_samples_are_the_blocks_of_the_same_samples_in_disorder(rows):
    rows.sort()
    start = np.array([at / 1e6 for at, _ in rows])
    mask = np.array([is_good for _, is_good in rows])

    for length in (1.0, 5.0):
        block = ((start - start.min()) / length).astype(int)
        for order in (slice(None), slice(None, None, -1)):
            count, found = blocks(start[order], mask[order], length)
            assert count.tolist() == np.bincount(block).tolist()
            assert found.tolist() == np.bincount(block, weights=mask).tolist()
