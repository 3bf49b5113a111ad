"""How long after the fault's end the service is as good as before it."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.verdict import Verdict
from chaoskit.slos.availability import Availability
from chaoskit.slos.latency import Latency
from chaoskit.slos.time_to_recover import TimeToRecover


def judged(make, limit=5.0, base=None, **world):
    kind = TimeToRecover(make.at_most(limit))
    slo = make.slo({"time_to_recover": kind}, **world.pop("slo", {}))
    first = make.slo(base or {}, id="base", in_="baseline")
    (found,) = kind.judge(slo, make.World(slos=(first, slo), **world).evidence())
    return found


def until(stop):
    return lambda t: np.where((t >= 20) & (t < stop), 0.95, 0.0)


@pytest.mark.parametrize(
    ("stop", "verdict"),
    [(50.0, Verdict.PASS), (52.0, Verdict.PASS), (58.0, Verdict.FAIL), (90.0, Verdict.FAIL)],
)
def test_the_time_from_the_faults_end_is_what_counts(make, stop, verdict):
    assert judged(make, bad=until(stop)).verdict is verdict


def test_it_is_read_to_a_fraction_of_a_second(make):
    found = judged(make, bad=until(51.2))
    assert found.value == pytest.approx(1.2, abs=0.1)
    assert (found.phase, found.check) == ("fault", "s/checkout/fault/time_to_recover")


def test_the_clock_starts_with_the_end_of_the_last_injection(make):
    longer = (make.BLACKHOLE, replace(make.BLACKHOLE, id="two", stop=54.0))
    found = judged(make, injections=longer, bad=until(55.0))
    assert found.value == pytest.approx(1.0, abs=0.1)


def test_another_injection_ends_what_can_be_seen(make):
    again = (make.BLACKHOLE, replace(make.BLACKHOLE, id="two", start=60.0, stop=70.0))
    found = judged(make, injections=again, bad=until(90.0))
    assert (found.verdict, found.measured) == (Verdict.FAIL, "more than 10s")


def test_too_short_a_recovery_phase_cannot_tell(make):
    found = judged(make, lengths=(20.0, 30.0, 4.0), bad=until(90.0))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "the phase is too short to tell: it needs 10s" in found.reason


def test_a_short_phase_is_enough_to_know_that_it_took_longer_than_asked(make):
    found = judged(make, limit=2.0, lengths=(20.0, 30.0, 4.0), bad=until(90.0))
    assert (found.verdict, found.measured) == (Verdict.FAIL, "more than 4s")


def test_a_run_that_ends_with_the_fault_leaves_nothing_to_see(make):
    found = judged(make, lengths=(20.0, 30.0), bad=until(90.0))
    assert found.verdict is Verdict.INCONCLUSIVE


def test_no_injection_means_nothing_to_recover_from(make):
    assert judged(make, injections=()).verdict is Verdict.INCONCLUSIVE


def test_as_good_as_before_means_what_the_first_phase_is_held_to(make):
    """Eight percent of errors that stay: recovered where the baseline is held to 85 %, not where to 99 %."""
    errors = {"bad": lambda t: np.where(t >= 50, 0.08, 0.0)}
    easy = {"availability": Availability(make.at_least(0.85))}
    strict = {"availability": Availability(make.at_least(0.99))}
    assert judged(make, base=easy, **errors).verdict is Verdict.PASS
    assert judged(make, base=strict, **errors).verdict is Verdict.FAIL


def test_without_a_word_in_the_file_the_first_phase_itself_is_the_measure(make):
    assert judged(make, bad=lambda t: np.where(t >= 50, 0.08, 0.0)).verdict is Verdict.FAIL


def test_slow_answers_are_no_recovery_where_the_first_phase_has_a_latency_limit(make):
    slow = {"latency": lambda t, rng: np.where((t >= 50) & (t < 60), 1.0, 0.02)}
    limit = {"latency": Latency((("p95", make.at_most(0.2)),))}
    assert judged(make, **slow).verdict is Verdict.PASS
    found = judged(make, base=limit, **slow)
    assert found.verdict is Verdict.FAIL
    assert found.value == pytest.approx(10.0, abs=0.1)


def test_no_sample_after_the_fault_is_inconclusive(make):
    cut = {"samples": {"checkout": make.samples(np.arange(0.0, 50.0, 0.02))}}
    assert judged(make, changes=cut).verdict is Verdict.INCONCLUSIVE


def test_the_forecast_wants_room_for_the_limit_and_a_stable_run(make):
    kind = TimeToRecover(make.at_most(5.0))
    (found,) = kind.forecast(make.slo({}), make.World(lengths=(20.0, 30.0, 8.0)).experiment())
    assert (found.expected, found.advice) == (0, "make the time after it at least 10s long")
    (found,) = kind.forecast(make.slo({}), make.World().experiment())
    assert (found.expected, found.needed, found.advice) == (250, 20, "")


def test_nobody_has_recovered_in_a_gap(make):
    # all is well from 30s to 48s, and the fault comes back
    paused = (replace(make.BLACKHOLE, gaps=((30.0, 48.0),)),)
    down = lambda t: np.where(((t >= 20) & (t < 30)) | ((t >= 48) & (t < 58)), 0.95, 0.0)  # noqa: E731
    found = judged(make, injections=paused, bad=down)
    assert (found.verdict, found.value) == (Verdict.FAIL, pytest.approx(8.0, abs=0.3))
