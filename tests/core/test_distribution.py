"""Delays follow the law that the file names. scipy is the oracle."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Lognormal, Normal, Pareto, Uniform

# Seeds are fixed, so nothing here flickers; blindly chosen, a right law would be refused this often.
FALSE_ALARM = 1e-3
DRAWS = 4000


def drawn(distribution, count=DRAWS):
    return [distribution.draw(Dice(7, "slow", f"call-{i}")) for i in range(count)]


LAWS = [
    (Uniform(from_=0.1, to=2.0), stats.uniform(0.1, 1.9)),
    (Normal(mean=1.0, deviation=0.1), stats.norm(1.0, 0.1)),
    (Lognormal(median=0.2, sigma=0.7), stats.lognorm(0.7, scale=0.2)),
    (Lognormal(median=0.2, p99=2.0), stats.lognorm(math.log(10) / stats.norm.ppf(0.99), scale=0.2)),
    (Pareto(least=0.1, shape=1.5), stats.pareto(1.5, scale=0.1)),
]


@pytest.mark.parametrize(("distribution", "law"), LAWS, ids=lambda each: type(each).__name__)
def test_delays_follow_their_law(distribution, law):
    assert stats.kstest(drawn(distribution), law.cdf).pvalue > FALSE_ALARM


def test_this_many_draws_tell_a_law_from_its_neighbour():
    # the test above can fail: a sigma that is wrong by an eighth is caught
    assert (
        stats.kstest(drawn(Lognormal(median=0.2, sigma=0.7)), stats.lognorm(0.8, scale=0.2).cdf).pvalue
        < FALSE_ALARM
    )


def test_one_in_a_hundred_lognormal_delays_is_above_p99():
    above = sum(x > 2.0 for x in drawn(Lognormal(median=0.2, p99=2.0)))
    assert stats.binomtest(above, DRAWS, 0.01).pvalue > FALSE_ALARM


def test_a_fixed_delay_is_fixed():
    assert set(drawn(Fixed(0.3), 10)) == {0.3}


def test_a_normal_delay_below_zero_is_zero_and_the_others_keep_their_law():
    times = drawn(Normal(mean=0.1, deviation=0.2))
    law = stats.norm(0.1, 0.2)
    assert stats.binomtest(times.count(0.0), DRAWS, law.cdf(0)).pvalue > FALSE_ALARM
    positive = [x for x in times if x > 0]
    cut = stats.truncnorm(-0.5, math.inf, loc=0.1, scale=0.2)
    assert stats.kstest(positive, cut.cdf).pvalue > FALSE_ALARM


@pytest.mark.parametrize(
    ("capped", "law"),
    [
        (Normal(mean=1.0, deviation=0.5, at_most=1.2), stats.norm(1.0, 0.5)),
        (Lognormal(median=0.2, p99=2.0, at_most=1.0), LAWS[3][1]),
        (Pareto(least=0.1, shape=1.5, at_most=0.4), stats.pareto(1.5, scale=0.1)),
    ],
    ids=["Normal", "Lognormal", "Pareto"],
)
def test_a_capped_delay_is_the_cap_as_often_as_it_would_be_above_it(capped, law):
    times = drawn(capped)
    assert max(times) == capped.at_most
    assert stats.binomtest(times.count(capped.at_most), DRAWS, law.sf(capped.at_most)).pvalue > FALSE_ALARM


positive = st.floats(1e-3, 1e3)


@given(
    st.one_of(
        st.builds(lambda low, width: Uniform(from_=low, to=low + width), positive, positive),
        st.builds(Normal, mean=positive, deviation=positive),
        st.builds(Lognormal, median=positive, sigma=st.floats(0, 1e6)),
        st.builds(Pareto, least=positive, shape=st.floats(1e-300, 100)),
    ),
    st.text(max_size=8),
)
def test_no_delay_is_negative_or_endless(distribution, identity):
    assert 0 <= distribution.draw(Dice(0, "i", identity)) < math.inf


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Fixed(-1.0), "0s or more, got -1s"),
        (lambda: Fixed(math.inf), "got inf"),
        (lambda: Uniform(from_=2.0, to=1.0), r"to must be at least from \(2s\), got 1s"),
        (lambda: Uniform(from_=-1.0, to=1.0), "from must be 0s or more"),
        (lambda: Normal(mean=-1.0, deviation=1.0), "mean"),
        (lambda: Normal(mean=1.0, deviation=-1.0), "deviation"),
        (lambda: Normal(mean=1.0, deviation=1.0, at_most=0.0), "at_most must be above 0s"),
        (lambda: Lognormal(median=0.0, sigma=1.0), "median must be above 0s"),
        (lambda: Lognormal(median=1.0), "p99 or sigma, got neither"),
        (lambda: Lognormal(median=1.0, p99=2.0, sigma=1.0), "p99 or sigma, got both"),
        (lambda: Lognormal(median=1.0, p99=0.5), r"at least the median \(1s\), got 0.5s"),
        (lambda: Lognormal(median=1.0, sigma=-1.0), "sigma must be 0 or more"),
        (lambda: Pareto(least=0.0, shape=1.0), "least must be above 0s"),
        (lambda: Pareto(least=1.0, shape=0.0), "shape must be above 0, got 0"),
    ],
)
def test_a_law_that_makes_no_sense_says_what_was_expected_and_what_came(make, says):
    with pytest.raises(ValueError, match=says):
        make()
