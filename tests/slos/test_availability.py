"""The share of good samples."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.objective import Comparison
from chaoskit.core.verdict import Verdict
from chaoskit.slos.availability import Availability


def judged(make, limit=0.99, **world):
    slo = make.slo({"availability": Availability(make.at_least(limit))}, **world.pop("slo", {}))
    return Availability(make.at_least(limit)).judge(slo, make.World(slos=(slo,), **world).evidence())


def test_it_reads_as_it_was_measured(make):
    (found,) = judged(make)
    assert (found.check, found.verdict, found.measured, found.samples) == (
        "s/checkout/fault/availability",
        Verdict.PASS,
        "100%",
        1500,
    )
    assert found.reason == (
        "100% of 1500 samples were good, asked at least 99%; with 95% confidence it is at least 99.8%"
    )


def test_a_fail_names_what_most_requests_died_of(make):
    (found,) = judged(make, bad=lambda t: np.where(t >= 20, 1.0, 0.0))
    assert found.verdict is Verdict.FAIL
    assert found.reason.endswith("1500 of 1500 requests hit their 5s deadline")


def test_too_few_samples_say_how_many_would_do(make):
    (found,) = judged(make, rate=9)
    assert (found.verdict, found.samples, found.needed) == (Verdict.INCONCLUSIVE, 270, 299)


def test_a_pass_says_for_which_failures_it_holds(make):
    (found,) = judged(make, 0.95, bursts=0.2)
    assert found.verdict is Verdict.PASS
    assert found.effective == pytest.approx(150)
    assert found.reason.endswith(
        "with 95% confidence it is at least 98%, if failures last at most 200ms at a time"
    )


def test_too_short_a_phase_says_how_long_it_must_be(make):
    (found,) = judged(make, 0.99, bursts=0.2)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason.endswith(
        "1500 samples (worth 150, as failures can last 200ms at a time) cannot settle it, about 2981 would, "
        "so make the phase 59.6s long"
    )


def test_failures_that_were_seen_fail_without_a_word_about_others(make):
    (found,) = judged(make, 0.95, bursts=2.0, bad=lambda t: np.where(t >= 20, 0.1, 0.0))
    assert found.verdict is Verdict.FAIL
    assert found.upper < 0.95


def test_each_endpoint_is_judged_by_itself(make):
    found = judged(make, endpoints=("a", "b"))
    assert [each.subject for each in found] == ["a", "b"]


def test_a_glob_takes_the_endpoints_that_fit_and_an_unknown_name_never_passes(make):
    found = judged(make, endpoints=("cart", "catalogue", "x"), slo={"of": ("ca*", "gone")})
    assert [(each.subject, each.verdict is Verdict.PASS) for each in found] == [
        ("cart", True),
        ("catalogue", True),
        ("gone", False),
    ]
    assert found[2].measured == "no sample"


def test_requests_open_when_the_fault_began_are_left_out_of_the_phase_before_it(make):
    """A blackhole seizes them: that is no fault of the baseline."""
    (found,) = judged(
        make,
        slo={"in_": "baseline"},
        bad=lambda t: np.where((t > 19.9) & (t < 20.0), 1.0, 0.0),
    )
    assert (found.verdict, found.measured) == (Verdict.PASS, "100%")
    assert found.samples < 1000


def test_open_requests_younger_than_the_deadline_are_no_sample_and_older_ones_are_bad(make):
    young = make.samples(np.arange(20.0, 50.0, 0.1), 1.0, good=False, censored=True, cause="still open")
    (found,) = judged(make, changes={"samples": {"checkout": young}})
    assert found.verdict is Verdict.INCONCLUSIVE
    old = make.samples(np.arange(20.0, 50.0, 0.1), 5.0, good=False, censored=True, cause="still open")
    (found,) = judged(make, changes={"samples": {"checkout": old}})
    assert (found.verdict, found.samples) == (Verdict.FAIL, 300)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (Comparison("<=", 0.99), "expected at least a share, such as >= 99%, got '<='"),
        (Comparison(">=", 1.0), "no number of samples can show 100%"),
        (Comparison(">=", 0.0), "above 0%"),
    ],
)
def test_a_limit_that_no_run_could_settle_is_refused(limit, message):
    with pytest.raises(ValueError, match=message):
        Availability(limit)


def test_how_often_a_locustfile_asks_for_one_of_its_names_is_not_known_beforehand(make):
    experiment = make.World().experiment()
    named = replace(experiment, load=replace(experiment.load, locustfile="users.py"))
    assert Availability(make.at_least(0.99)).forecast(make.slo({}, in_="baseline"), named) == []


def test_the_forecast_counts_the_samples_that_the_load_will_bring(make):
    slo = make.slo({}, in_="baseline")
    experiment = make.World(rate=10.0, endpoints=("a", "b")).experiment()
    found = Availability(make.at_least(0.99)).forecast(slo, experiment)
    assert [(each.check, each.expected, each.needed) for each in found] == [
        ("s/a/baseline/availability", 100, 299),
        ("s/b/baseline/availability", 100, 299),
    ]
    assert found[0].advice.startswith("make baseline 3 times as long")


def test_the_forecast_says_how_long_the_phase_must_be(make):
    slo = make.slo({}, in_="baseline")
    experiment = make.World(rate=50.0, bursts=0.2).experiment()
    (enough,) = Availability(make.at_least(0.95)).forecast(slo, experiment)
    (found,) = Availability(make.at_least(0.99)).forecast(slo, experiment)
    assert enough.is_enough
    assert not found.is_enough
    assert (found.expected, found.needed) == (1000, 299)
    assert (found.lasts, found.must_last) == (20.0, pytest.approx(60.0))
    assert found.advice.startswith("make baseline 60s long")


@pytest.mark.parametrize("limit", [0.9, 0.95, 0.97])
def test_a_phase_as_long_as_the_forecast_asks_for_passes_if_nothing_fails(make, limit):
    slo = make.slo({}, in_="baseline")
    objective = Availability(make.at_least(limit))
    (found,) = objective.forecast(slo, make.World(bursts=0.2).experiment())
    world = make.World(bursts=0.2, lengths=(found.must_last, 30.0, 30.0), injections=())
    (judged_,) = objective.judge(slo, world.evidence())
    assert judged_.verdict is Verdict.PASS
