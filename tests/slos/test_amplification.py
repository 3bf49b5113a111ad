"""Calls to a provider for each request, against the first phase."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.verdict import Verdict
from chaoskit.slos.amplification import FEWEST_REQUESTS, Amplification, needing


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
