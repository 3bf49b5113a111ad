"""Calls to a provider for each request, against the first phase."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.injection import Injection
from chaoskit.core.verdict import Verdict
from chaoskit.faults.error import Error
from chaoskit.slos.amplification import FEWEST_REQUESTS, Amplification, needing
from chaoskit.slos.caused import caused
from chaoskit.slos.evidence import Attempt

TEN = Injection(id="down", provider="stripe", fault=Error(), fault_name="error", start=20.0, stop=30.0)
"""Ten seconds of errors."""


def judged(make, limit=3.0, slo=None, **world):
    kind = Amplification(make.at_most(limit))
    asked = make.slo({"amplification": kind}, **({"provider": "stripe"} | (slo or {})))
    (found,) = kind.judge(asked, make.World(slos=(asked,), **world).evidence())
    return found


def times(factor):
    return lambda t: np.where((t >= 20) & (t < 50), factor, 1)


@pytest.mark.parametrize(("factor", "verdict"), [(1, Verdict.PASS), (2, Verdict.PASS), (4, Verdict.FAIL)])
def test_retries_count_against_the_first_phase(make, factor, verdict):
    found = judged(make, calls=times(factor))
    assert (found.verdict, found.measured, found.check) == (
        verdict,
        f"{factor}x",
        "s/stripe/fault/amplification",
    )


def test_what_the_service_always_does_is_no_amplification(make):
    found = judged(make, limit=1.5, calls=lambda t: np.full_like(t, 3))
    assert (found.verdict, found.measured) == (Verdict.PASS, "1x")


def test_about_the_limit_it_cannot_be_told(make):
    noisy = lambda t: np.where(t >= 20, np.random.default_rng(1).poisson(3, len(t)), 1)  # noqa: E731
    found = judged(make, calls=noisy)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.lower < 3 < found.upper
    assert found.needed is None or found.needed > found.samples


def test_attempts_that_never_became_a_call_count_too(make):
    """A blackhole refuses connections: without them it would show no call at all."""
    kind = Amplification(make.at_most(3.0))
    asked = make.slo({"amplification": kind}, provider="stripe")
    evidence = make.World(slos=(asked,), calls=times(4)).evidence()
    refused = tuple(replace(a, is_call=a.t < 20) for a in evidence.attempts)
    (found,) = kind.judge(asked, replace(evidence, attempts=refused))
    assert found.verdict is Verdict.FAIL


def test_a_connection_that_calls_came_on_is_not_counted_beside_them(make):
    """A fault of connections gets each of them a line of its own, which the first phase has not."""
    kind = Amplification(make.at_most(1.5))
    asked = make.slo({"amplification": kind}, provider="stripe")
    evidence = make.World(slos=(asked,), calls=times(1)).evidence()
    lines = tuple(replace(a, is_call=False, has_calls=True) for a in evidence.attempts if a.t >= 20)
    (found,) = kind.judge(asked, replace(evidence, attempts=(*evidence.attempts, *lines)))
    assert found.verdict is Verdict.PASS


def retried(make, is_tied, limit=4.0, offsets=(0.0, 1.0, 3.0, 7.0, 15.0)):
    """A client that tries five times in 15 s, in a fault of 10 s: two fifths of its calls come after it."""
    kind = Amplification(make.at_most(limit))
    asked = make.slo({"amplification": kind}, provider="stripe")
    evidence = make.World(slos=(asked,), lengths=(20.0, 10.0, 50.0), injections=(TEN,)).evidence()
    begun = evidence.samples["checkout"].start
    trace = np.arange(1, len(begun) + 1, dtype=np.uint64) << np.uint64(20)
    attempts = [
        Attempt(
            t=t + offset,
            provider="stripe",
            is_call=True,
            identity=f"{number:016x}{7:016x} POST /pay {nth}",
            identified_by="traceparent" if is_tied else "order",
        )
        for t, number in zip(begun.tolist(), trace.tolist(), strict=True)
        for nth, offset in enumerate(offsets if 20 <= t < 30 else (0.0,))
    ]
    samples = {"checkout": make.samples(begun, trace=trace)}
    found = replace(evidence, samples=samples, attempts=tuple(sorted(attempts, key=lambda one: one.t)))
    return kind.judge(asked, found)[0]


def test_calls_count_for_the_request_that_caused_them_whenever_they_come(make):
    found = retried(make, is_tied=True)
    assert (found.verdict, found.measured) == (Verdict.FAIL, "5x")
    assert found.reason == (
        "2500 calls to stripe for 500 requests, 5 for each; in the first phase 1; asked at most 4x"
    )
    assert retried(make, is_tied=True, limit=5.5).verdict is Verdict.PASS


def test_where_the_cause_is_not_known_it_is_a_lower_bound_and_what_came_later_lets_nothing_pass(make):
    found = retried(make, is_tied=False)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.value == pytest.approx(2.9, abs=0.01)
    assert found.lower < 2.9
    assert found.upper > 5.0
    assert "a lower bound, for 1450 of them carry no trace id of the load" in found.reason
    assert "1050 calls more than usual came after it, and may be theirs; pass" in found.reason
    assert found.needed is None  # more samples would settle nothing
    # what is too much by the clock alone is too much
    assert retried(make, is_tied=False, limit=2.0).verdict is Verdict.FAIL
    # and with all that came later it is little enough
    assert retried(make, is_tied=False, limit=7.0).verdict is Verdict.PASS


def test_where_nothing_came_later_the_lower_bound_is_all(make):
    found = retried(make, is_tied=False, offsets=(0.0, 0.0, 0.0))
    assert (found.verdict, found.measured) == (Verdict.PASS, "3x")
    assert "more than usual" not in found.reason


def test_what_another_injection_makes_is_not_taken_for_later_calls(make):
    """Only until the next one begins."""
    second = replace(make.BLACKHOLE, id="again", start=50.0, stop=60.0)
    found = judged(
        make,
        calls=lambda t: np.where((t >= 20) & (t < 50), 2, np.where(t >= 50, 4, 1)),
        injections=(make.BLACKHOLE, second),
    )
    assert (found.verdict, found.measured) == (Verdict.PASS, "2x")


def test_a_trace_of_somebody_elses_ties_a_call_to_nothing(make):
    evidence = make.World().evidence()
    calls = (
        Attempt(t=1.0, provider="stripe", is_call=True, identity="f" * 32, identified_by="traceparent"),
        Attempt(t=2.0, provider="stripe", is_call=True, identity="x" * 32, identified_by="traceparent"),
        Attempt(t=3.0, provider="stripe", is_call=True, identity="0" * 31 + "1", identified_by="traceparent"),
    )
    samples = {"checkout": make.samples([0.5], trace=9)}
    found = caused(replace(evidence, samples=samples, attempts=calls), "stripe")
    assert found.is_tied.tolist() == [False, False, False]
    assert found.at.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("quiet", ["baseline", "fault"])
def test_a_phase_without_calls_is_inconclusive(make, quiet):
    found = judged(make, calls=lambda t: np.where((t < 20) == (quiet == "baseline"), 0, 1))
    assert (found.verdict, found.reason) == (Verdict.INCONCLUSIVE, f"no call to stripe was seen in {quiet}")


def test_few_requests_are_inconclusive(make):
    found = judged(make, rate=1.0)
    assert (found.verdict, found.samples, found.needed) == (Verdict.INCONCLUSIVE, 20, FEWEST_REQUESTS)


def test_requests_that_were_never_sent_need_nothing(make):
    """They would make the calls look like fewer for each request."""
    t = np.arange(0.0, 80.0, 0.02)
    unsent = make.samples(t, saturated=(t >= 20) & (np.arange(len(t)) % 2 == 0))
    found = judged(make, changes={"samples": {"checkout": unsent}})
    assert found.measured == "2x"


def test_the_first_phase_is_not_compared_with_itself(make):
    assert judged(make, slo={"in_": "baseline"}).verdict is Verdict.INCONCLUSIVE


def test_only_endpoints_that_need_the_provider_count(make):
    experiment = make.World(endpoints=("a", "b")).experiment()
    a, b = experiment.load.endpoints
    slo = make.slo({}, provider="stripe")
    load = replace(experiment.load, endpoints=(a, replace(b, depends_on=())))
    assert needing(slo, replace(experiment, load=load), ("a", "b")) == ("a",)
    load = replace(experiment.load, endpoints=(replace(a, depends_on=()), replace(b, depends_on=())))
    assert needing(slo, replace(experiment, load=load), ("a", "b")) == ("a", "b")


def test_the_limit_is_an_upper_one(make):
    with pytest.raises(ValueError, match="expected at most a limit, such as <= 3x"):
        Amplification(make.at_least(3.0))


def test_the_forecast_counts_the_requests(make):
    kind = Amplification(make.at_most(3.0))
    (found,) = kind.forecast(make.slo({}, provider="stripe"), make.World(rate=0.5).experiment())
    assert (found.expected, found.needed) == (15, 30)
