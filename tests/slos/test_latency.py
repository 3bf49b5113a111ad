"""Percentiles, judged as the share of all samples within the limit."""

import numpy as np
import pytest

from chaoskit.core.objective import Comparison
from chaoskit.core.verdict import Verdict
from chaoskit.slos.latency import Latency


def judged(make, limit=0.8, name="p95", **world):
    kind = Latency(((name, make.at_most(limit)),))
    slo = make.slo({"latency": kind})
    (found,) = kind.judge(slo, make.World(slos=(slo,), **world).evidence())
    return found


def test_a_fast_service_passes_with_the_latency_that_somebody_saw(make):
    found = judged(make)
    assert (found.check, found.verdict, found.objective) == (
        "s/checkout/fault/p95",
        Verdict.PASS,
        "p95 <= 800ms",
    )
    assert 0.03 < found.lower < found.value < found.upper < 0.05


def test_failed_requests_are_infinitely_late_however_fast_they_failed(make):
    found = judged(make, bad=lambda t: np.full_like(t, 0.1))
    assert found.verdict is Verdict.FAIL
    assert (found.measured, found.value) == ("no answer", None)
    assert "hit their 5s deadline" in found.reason


def test_the_population_is_all_samples_so_a_fast_failure_cannot_help(make):
    t = np.arange(20.0, 50.0, 0.02)
    fails_fast = make.samples(t, np.where(t < 30, 0.001, 0.02), good=t >= 30, cause="refused")
    assert judged(make, changes={"samples": {"checkout": fails_fast}}).verdict is Verdict.FAIL


def test_a_slow_service_fails(make):
    assert judged(make, latency=lambda t, rng: np.full_like(t, 0.9)).verdict is Verdict.FAIL


def test_about_the_limit_it_cannot_be_told(make):
    found = judged(make, latency=lambda t, rng: np.where(np.arange(len(t)) % 20 == 0, 0.9, 0.1))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.needed is None or found.needed > 1500


def test_no_sample_is_inconclusive(make):
    assert judged(make, changes={"samples": {}}).verdict is Verdict.INCONCLUSIVE


def test_a_rare_percentile_needs_its_samples(make):
    found = judged(make, name="p99.9")
    assert (found.verdict, found.needed) == (Verdict.INCONCLUSIVE, 2995)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ((), "expected at least one percentile"),
        (
            (("p97", Comparison("<=", 1.0)),),
            "expected a percentile, one of p50, p90, p95, p99, p99.9, got 'p97'",
        ),
        ((("p95", Comparison(">=", 1.0)),), "expected at most a limit, such as <= 800ms, got '>='"),
        ((("p95", Comparison("<=", 0.0)),), "expected a limit above 0"),
    ],
)
def test_a_percentile_that_makes_no_sense_is_refused(limits, message):
    with pytest.raises(ValueError, match=message):
        Latency(limits)


def test_the_forecast_knows_what_each_percentile_needs(make):
    kind = Latency((("p95", make.at_most(1)), ("p99.9", make.at_most(1))))
    found = kind.forecast(make.slo({}), make.World().experiment())
    assert [(each.check, each.expected, each.needed, bool(each.advice)) for each in found] == [
        ("s/checkout/fault/p95", 1500, 59, False),
        ("s/checkout/fault/p99.9", 1500, 2995, True),
    ]
