"""Whether drawn calls fit their probabilities: the Poisson-binomial law."""

import numpy as np
import pytest
from scipy import stats

from chaoskit.slos.chance import EXACT, distribution, is_likely, two_sided


def test_with_one_probability_it_is_the_binomial_law():
    assert distribution(np.full(200, 0.3)) == pytest.approx(
        stats.binom.pmf(np.arange(201), 200, 0.3), abs=1e-12
    )


def test_with_several_probabilities_it_is_the_convolution():
    mixed = np.convolve(stats.binom.pmf(np.arange(11), 10, 0.2), stats.binom.pmf(np.arange(21), 20, 0.7))
    assert distribution(np.array([0.2] * 10 + [0.7] * 20)) == pytest.approx(mixed, abs=1e-12)


def test_what_is_certain_must_happen_exactly():
    assert is_likely(100, np.ones(100))
    assert not is_likely(99, np.ones(100))
    assert not is_likely(1, np.zeros(100))
    assert not is_likely(EXACT + 1, np.ones(EXACT + 2))


@pytest.mark.parametrize("n", [100, 500, EXACT + 1000])
def test_a_right_share_is_rarely_called_wrong(n):
    """The weight of what is called too rare is at most 0.1 %, and hardly more where the law is normal."""
    chances = np.linspace(0.0, 0.8, n)
    drawn = np.arange(n + 1)
    near = np.abs(drawn - chances.sum()) < 8 * np.sqrt((chances * (1 - chances)).sum())
    spread = np.sqrt((chances * (1 - chances)).sum())
    law = stats.norm(chances.sum(), spread) if n > 1000 else None
    weight = law.cdf(drawn + 0.5) - law.cdf(drawn - 0.5) if law else distribution(chances)
    rare = np.array([not is_likely(int(k), chances) for k in drawn[near]])
    assert weight[near][rare].sum() <= 1.1e-3


def test_a_wrong_share_is_noticed():
    assert not is_likely(300, np.full(1000, 0.5))
    assert not is_likely(3000, np.full(6000, 0.45))


def test_more_than_there_were_is_impossible():
    assert two_sided(11, np.full(10, 0.5)) == 0.0
