"""The one sentence for somebody who reads nothing else."""

import numpy as np

from chaoskit.slos.availability import Availability
from chaoskit.slos.judge import judge, sentence
from chaoskit.slos.latency import Latency
from chaoskit.slos.time_to_recover import TimeToRecover


def said(make, world):
    evidence = world.evidence()
    return sentence(judge(evidence), evidence.experiment)


def survive(make, limit=0.95):
    return make.slo({"availability": Availability(make.at_least(limit))}, id="survive")


def recover(make):
    return make.slo({"time_to_recover": TimeToRecover(make.at_most(5.0))}, id="recover")


def test_a_pass_says_what_was_kept_while_what_struck(make):
    world = make.World(
        slos=(survive(make), recover(make)),
        rate=100.0,
        bad=lambda t: np.where(
            (t >= 50) & (t < 51.2),
            1.0,
            np.where((t >= 20) & (t < 50) & (np.round(t * 100) % 100 == 7), 1.0, 0.0),
        ),
    )
    assert said(make, world) == (
        "checkout kept 99% availability (asked: at least 95%) while blackhole struck stripe "
        "(3000 of 3000 requests met it), and recovered in 1.2s"
    )


def test_a_pass_counts_the_other_checks(make):
    latency = make.slo({"latency": Latency((("p50", make.at_most(1.0)), ("p95", make.at_most(1.0))))})
    assert said(make, make.World(slos=(latency, survive(make)))) == (
        "checkout kept 100% availability (asked: at least 95%) while blackhole struck stripe "
        "(1500 of 1500 requests met it); 2 more checks passed"
    )


def test_a_fail_says_what_failed_and_why(make):
    world = make.World(slos=(survive(make),), bad=lambda t: np.where((t >= 20) & (t < 50), 1.0, 0.0))
    assert said(make, world) == (
        "checkout failed in fault: availability: 0% of 1500 samples were good, asked at least 95%; "
        "1500 of 1500 requests hit their 5s deadline"
    )


def test_a_fail_counts_the_others(make):
    world = make.World(
        slos=(survive(make), recover(make)), bad=lambda t: np.where((t >= 20) & (t < 80), 1.0, 0.0)
    )
    assert said(make, world).endswith("; 1 more check failed")


def test_without_proof_it_says_what_is_missing(make):
    assert said(make, make.World(slos=(survive(make),), calls=np.zeros_like)) == (
        "no verdict: dark struck nothing: no call to stripe reached the proxy in the whole run; "
        "`chaoskit doctor` says whether the target uses the proxy, and calls these hosts; "
        "2 more proofs are missing"
    )


def test_with_too_few_samples_it_says_how_many_would_do(make):
    assert said(make, make.World(slos=(survive(make, 0.999),))) == (
        "no verdict: survive/checkout/fault/availability: 100% of 1500 samples were good, "
        "asked at least 99.9%; 1500 samples cannot settle it, about 2995 would"
    )


def test_a_service_that_was_good_at_all_times_recovered_at_once(make):
    assert said(make, make.World(slos=(survive(make), recover(make)))).endswith(", and recovered at once")
