"""No worse than the first phase by more than a margin."""

import math

import numpy as np
import pytest

from chaoskit.core.objective import Margin
from chaoskit.core.verdict import Verdict
from chaoskit.slos.unchanged import Unchanged

MARGINS = {"p50": Margin(0.10, 0.002), "p95": Margin(0.25, 0.005), "p99": Margin(0.5, 0.010)}


def judged(make, kind, slo=None, **world):
    asked = make.slo({"unchanged": kind}, **(slo or {}))
    return kind.judge(asked, make.World(slos=(asked,), **world).evidence())


def slowed(factor):
    return lambda t, rng: rng.lognormal(np.log(0.02), 0.4, len(t)) * np.where(t >= 20, factor, 1.0)


@pytest.mark.parametrize("seed", range(8))
def test_a_service_against_itself_never_fails(make, seed):
    """Tests of equality raised an alarm in 4 of 6 such runs (research 3.4)."""
    kind = Unchanged(availability=-0.005, **MARGINS)
    found = judged(make, kind, rate=100.0, seed=seed, bad=lambda t: np.full_like(t, 0.002))
    assert len(found) == 4
    assert not any(each.verdict is Verdict.FAIL for each in found)
    assert found[2].verdict is Verdict.PASS


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_slowdown_fails(make, seed):
    (found,) = judged(make, Unchanged(p95=MARGINS["p95"]), rate=100.0, seed=seed, latency=slowed(1.8))
    assert found.verdict is Verdict.FAIL


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_drop_of_availability_fails(make, seed):
    drop = {"bad": lambda t: np.where(t >= 20, 0.05, 0.0)}
    (found,) = judged(make, Unchanged(availability=-0.005), seed=seed, **drop)
    assert found.verdict is Verdict.FAIL
    assert found.lower < found.value < found.upper < found.limit == -0.005


def test_failures_make_a_percentile_worse(make):
    drop = {"bad": lambda t: np.where(t >= 20, 0.2, 0.0)}
    (found,) = judged(make, Unchanged(p95=MARGINS["p95"]), **drop)
    assert (found.verdict, found.measured, found.value) == (Verdict.FAIL, "no answer", None)


def test_the_ids_tell_it_from_a_latency_objective(make):
    found = judged(make, Unchanged(availability=-0.005, p95=Margin(0.25, 0.005)))
    assert [(each.check, each.objective) for each in found] == [
        ("s/checkout/fault/unchanged-availability", "availability -0.5pp"),
        ("s/checkout/fault/unchanged-p95", "p95 +25% +5ms"),
    ]


def test_few_samples_cannot_tell(make):
    for each in judged(make, Unchanged(availability=-0.005, p99=MARGINS["p99"]), rate=3.0):
        assert each.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("gone", ["baseline", "fault"])
def test_no_sample_on_either_side_is_inconclusive(make, gone):
    t = np.arange(0.0, 80.0, 0.02)
    half = make.samples(t[(t >= 20) == (gone == "baseline")])
    for each in judged(
        make, Unchanged(availability=-0.5, p95=Margin(9.0, 9.0)), changes={"samples": {"checkout": half}}
    ):
        assert (each.verdict, each.reason) == (Verdict.INCONCLUSIVE, f"no sample of checkout in {gone}")


def test_a_first_phase_whose_percentile_failed_is_nothing_to_compare_with(make):
    (found,) = judged(make, Unchanged(p95=Margin(0.25, 0.0)), bad=lambda t: np.where(t < 20, 0.2, 0.0))
    assert (found.verdict, found.limit) == (Verdict.INCONCLUSIVE, None)


def test_the_first_phase_is_not_compared_with_itself(make):
    for each in judged(make, Unchanged(availability=-0.5, p95=Margin(9.0, 9.0)), slo={"in_": "baseline"}):
        assert each.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "expected a margin"),
        ({"availability": 0.005}, r"expected how much availability may drop, such as -0.5pp, got \+0.5pp"),
        ({"availability": 0.0}, "expected how much availability may drop"),
        ({"p95": Margin()}, "expected how much slower p95 may be"),
    ],
)
def test_a_margin_that_allows_nothing_or_an_improvement_only_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Unchanged(**fields)


def test_the_forecast_names_the_percentiles(make):
    found = Unchanged(availability=-0.005, p99=MARGINS["p99"]).forecast(
        make.slo({}), make.World().experiment()
    )
    assert [(each.check, each.needed) for each in found] == [("s/checkout/fault/unchanged-p99", 299)]
    assert all(math.isfinite(each.expected) for each in found)
