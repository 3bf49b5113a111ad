"""How long until answers are good again while the fault is on."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.verdict import Verdict
from chaoskit.slos.availability import Availability
from chaoskit.slos.time_to_degrade import TimeToDegrade


def judged(make, limit=5.0, also=None, **world):
    kind = TimeToDegrade(make.at_most(limit))
    slo = make.slo({"time_to_degrade": kind, **(also or {})}, **world.pop("slo", {}))
    (found,) = kind.judge(slo, make.World(slos=(slo,), **world).evidence())
    return found


def until(stop):
    return lambda t: np.where((t >= 20) & (t < stop), 0.95, 0.002)


@pytest.mark.parametrize(
    ("stop", "verdict"), [(22.0, Verdict.PASS), (28.0, Verdict.FAIL), (60.0, Verdict.FAIL)]
)
def test_the_time_from_the_faults_start_is_what_counts(make, stop, verdict):
    assert judged(make, bad=until(stop)).verdict is verdict


def test_the_moment_comes_with_its_bounds(make):
    found = judged(make, bad=until(22.0))
    assert found.lower <= found.value <= found.upper
    assert found.value == pytest.approx(2.0, abs=0.15)


def test_a_moment_about_the_limit_cannot_be_told(make):
    noisy = lambda t: np.where((t >= 20) & (t < 25.0), 0.3, 0.02)  # noqa: E731
    found = judged(make, bad=noisy)
    assert found.lower < 5.0 < found.upper
    assert found.verdict is Verdict.INCONCLUSIVE


def test_good_again_only_after_the_fault_is_a_fail(make):
    found = judged(make, bad=until(50.0))
    assert (found.verdict, found.measured) == (Verdict.FAIL, "more than 30s")


def test_the_clock_starts_with_the_injection_not_with_the_phase(make):
    late = (replace(make.BLACKHOLE, start=30.0),)
    found = judged(make, injections=late, bad=lambda t: np.where((t >= 30) & (t < 32), 0.95, 0.0))
    assert found.value == pytest.approx(2.0, abs=0.15)


def test_a_phase_without_an_injection_is_inconclusive(make):
    found = judged(make, slo={"in_": "recovery"})
    assert (found.verdict, found.reason) == (
        Verdict.INCONCLUSIVE,
        "no injection is on in recovery, so that nothing could be waited for",
    )


def test_good_means_what_the_phase_is_held_to(make):
    """Ten percent of errors for 15 s: bad where 99 % is asked, good enough where 85 % is."""
    errors = {"bad": lambda t: np.where((t >= 20) & (t < 35), 0.1, 0.0)}
    strict = {"availability": Availability(make.at_least(0.99))}
    easy = {"availability": Availability(make.at_least(0.85))}
    assert judged(make, also=strict, **errors).verdict is Verdict.FAIL
    assert judged(make, also=easy, **errors).verdict is Verdict.PASS


def test_without_samples_it_is_inconclusive(make):
    for changes in ({"samples": {}}, {"samples": {"checkout": make.samples(np.arange(0.0, 20.0, 0.1))}}):
        assert judged(make, changes=changes).verdict is Verdict.INCONCLUSIVE


def test_the_limit_is_an_upper_one(make):
    with pytest.raises(ValueError, match="expected at most a limit, such as <= 5s"):
        TimeToDegrade(make.at_least(5.0))


def test_the_forecast_wants_a_stable_run_with_enough_samples(make):
    kind = TimeToDegrade(make.at_most(5.0))
    (found,) = kind.forecast(make.slo({}), make.World(rate=2.0).experiment())
    assert (found.expected, found.needed) == (10, 20)
    (found,) = kind.forecast(make.slo({}, stable_for=28.0), make.World().experiment())
    assert (found.expected, found.advice) == (0, "make the time after it at least 33s long")


def test_a_gap_in_the_fault_is_no_degrading(make):
    # every answer fails while the fault is on, and all is well between its windows
    pulsing = (replace(make.BLACKHOLE, gaps=((24.0, 40.0),)),)
    down = lambda t: np.where(((t >= 20) & (t < 24)) | ((t >= 40) & (t < 50)), 1.0, 0.0)  # noqa: E731
    assert judged(make, injections=pulsing, bad=down).verdict is not Verdict.PASS
