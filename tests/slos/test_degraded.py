"""The share of degraded answers, at least or at most."""

import numpy as np
import pytest

from chaoskit.core.verdict import Verdict
from chaoskit.slos.degraded import Degraded


def judged(make, limit, **world):
    kind = Degraded(limit)
    slo = make.slo({"degraded": kind})
    (found,) = kind.judge(slo, make.World(slos=(slo,), **world).evidence())
    return found


def test_a_fallback_that_served_nearly_all_passes(make):
    assert judged(make, make.at_least(0.95), degraded=lambda t: np.full_like(t, 0.99)).verdict is Verdict.PASS


def test_full_answers_are_not_degraded_ones(make):
    found = judged(make, make.at_least(0.95))
    assert (found.verdict, found.measured) == (Verdict.FAIL, "0%")


def test_a_failed_answer_is_not_a_degraded_one(make):
    bad = {"bad": lambda t: np.full_like(t, 0.5), "degraded": np.ones_like}
    assert judged(make, make.at_least(0.95), **bad).verdict is Verdict.FAIL


@pytest.mark.parametrize(("share", "verdict"), [(0.0, Verdict.PASS), (0.5, Verdict.FAIL)])
def test_at_most_is_the_other_way_round(make, share, verdict):
    found = judged(make, make.at_most(0.1), degraded=lambda t: np.full_like(t, share))
    assert found.verdict is verdict


def test_failing_is_no_way_to_keep_degraded_answers_rare(make):
    found = judged(make, make.at_most(0.1), bad=np.ones_like)
    assert (found.verdict, found.measured) == (Verdict.FAIL, "100%")


def test_no_sample_is_inconclusive_both_ways(make):
    for limit in (make.at_least(0.5), make.at_most(0.5)):
        assert judged(make, limit, changes={"samples": {}}).verdict is Verdict.INCONCLUSIVE


def test_a_vacuous_share_is_refused(make):
    with pytest.raises(ValueError, match="above 0% and below 100%"):
        Degraded(make.at_most(1.0))


def test_the_forecast_of_at_most_needs_what_its_rest_needs(make):
    found = Degraded(make.at_most(0.05)).forecast(make.slo({}), make.World().experiment())
    assert [(each.expected, each.needed) for each in found] == [(1500, 59)]
