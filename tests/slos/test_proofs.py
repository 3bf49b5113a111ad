"""The always-on proofs: each way in which a run cannot be believed."""

import heapq
from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.verdict import Verdict
from chaoskit.slos.availability import Availability
from chaoskit.slos.latency import Latency
from chaoskit.slos.proof_hits import hits
from chaoskit.slos.proof_load import load
from chaoskit.slos.proofs import asked, baseline, record
from chaoskit.slos.words import share_text


def broken(finding):
    assert finding.is_proof
    assert (finding.verdict is Verdict.PASS) == finding.reason.endswith(f"holds: {finding.measured}")
    return None if finding.verdict is Verdict.PASS else finding.reason


def test_a_healthy_run_proves_everything(make):
    evidence = make.World().evidence()
    found = [record(evidence), load(evidence), baseline(evidence, []), *hits(evidence)]
    assert [(each.check, broken(each)) for each in found] == [
        ("record/complete", None),
        ("load/delivered", None),
        ("baseline/healthy", None),
        ("hits/dark", None),
    ]


def test_a_problem_of_the_run_spoils_the_record(make):
    evidence = make.World(changes={"problems": ("worker 1 died",)}).evidence()
    assert broken(record(evidence)) == "worker 1 died"


def test_an_experiment_that_asks_or_takes_away_nothing_proves_nothing(make):
    found = asked(make.World(injections=()).evidence())
    assert [(each.check, each.verdict) for each in found] == [
        ("asked/slo", Verdict.INCONCLUSIVE),
        ("asked/injection", Verdict.INCONCLUSIVE),
    ]


# the baseline


def test_a_dead_target_is_no_baseline(make):
    assert "was not healthy before any fault: checkout: " in broken(
        baseline(make.World(bad=np.ones_like).evidence(), [])
    )


def test_one_dead_endpoint_is_not_hidden_by_the_others(make):
    evidence = make.World(endpoints=tuple("abcdefghij"), rate=200.0).evidence()
    dead = make.samples(np.arange(0.0, 80.0, 0.5), 0.001, good=False, cause="refused")
    evidence = replace(evidence, samples={**evidence.samples, "j": dead})
    assert broken(baseline(evidence, [])) == (
        "the target was not healthy before any fault: j: 40 of 40 requests were refused a connection"
    )


def test_a_baseline_without_samples_proves_nothing(make):
    late = make.samples(np.arange(20.0, 80.0, 0.1))
    assert "no sample in baseline" in broken(
        baseline(make.World(changes={"samples": {"checkout": late}}).evidence(), [])
    )


def test_a_few_good_samples_are_no_baseline(make):
    assert "at least 59 samples are needed" in broken(baseline(make.World(rate=2.0).evidence(), []))


def test_what_a_fault_broke_at_the_baselines_end_is_not_the_baselines_fault(make):
    early = (replace(make.BLACKHOLE, start=15.0),)
    world = make.World(injections=early, bad=lambda t: np.where(t >= 15, 1.0, 0.0))
    assert broken(baseline(world.evidence(), [])) is None


def test_the_files_own_baseline_objective_must_pass(make):
    asked_for = make.slo({"availability": Availability(make.at_least(0.9995))}, in_="baseline", id="base")
    evidence = make.World(slos=(asked_for,)).evidence()
    checks = Availability(make.at_least(0.9995)).judge(asked_for, evidence)
    assert checks[0].verdict is Verdict.INCONCLUSIVE
    assert "base/checkout/baseline/availability" in broken(baseline(evidence, checks))


# hits


def test_an_injection_without_a_call_says_that_none_came(make):
    (found,) = hits(make.World(calls=np.zeros_like).evidence())
    assert broken(found).startswith("dark struck nothing: no call to stripe reached the proxy")


def test_an_injection_whose_matcher_fits_nothing_says_so(make):
    evidence = make.World().evidence()
    bare = tuple(replace(a, eligible=(), drawn=(), hits=()) for a in evidence.attempts)
    (found,) = hits(replace(evidence, attempts=bare))
    assert broken(found) == "dark struck nothing: of 1500 calls to stripe while it was on, it was about none"


def test_drawn_calls_that_the_fault_left_alone_are_no_hits(make):
    evidence = make.World().evidence()
    bare = tuple(replace(a, hits=()) for a in evidence.attempts)
    (found,) = hits(replace(evidence, attempts=bare))
    assert broken(found) == "dark struck nothing: 1500 calls were drawn, and the fault changed none of them"


def test_all_means_all(make):
    evidence = make.World().evidence()
    missed = tuple(replace(a, drawn=(), hits=()) if a.t == 30.0 else a for a in evidence.attempts)
    (found,) = hits(replace(evidence, attempts=missed))
    assert "1499 of 1500 calls were drawn" in broken(found)


def shared(make, curve, draws, unit="requests"):
    injection = replace(make.BLACKHOLE, share=curve, unit=unit)
    evidence = make.World(injections=(injection,)).evidence()
    rng = np.random.default_rng(5)
    struck = tuple(
        replace(a, drawn=a.eligible, hits=a.eligible)
        if rng.random() < draws(a.t - 20.0)
        else replace(a, drawn=(), hits=())
        for a in evidence.attempts
    )
    (found,) = hits(replace(evidence, attempts=struck))
    return found


def test_the_share_that_was_asked_is_proven(make):
    assert broken(shared(make, make.Curve.flat(0.3), lambda t: 0.3)) is None


def test_another_share_is_not(make):
    assert "makes about 450 likely" in broken(shared(make, make.Curve.flat(0.3), lambda t: 0.45))


def test_a_share_that_ramps_is_followed_in_time(make):
    ramp = make.Curve(((0.0, 0.0), (20.0, 0.8)))
    assert broken(shared(make, ramp, ramp.at)) is None
    assert broken(shared(make, ramp, lambda t: 0.8)) is not None


def test_a_share_that_steps_is_followed_in_time(make):
    step = make.Curve(((0.0, 0.1), (20.0, 0.1), (20.0, 0.8)))
    assert broken(shared(make, step, step.at)) is None
    assert broken(shared(make, step, lambda t: 0.1)) is not None


def test_calls_in_a_gap_were_not_drawn_from(make):
    gapped = replace(make.BLACKHOLE, gaps=((25.0, 45.0),), share=make.Curve.flat(0.5))
    evidence = make.World(injections=(gapped,)).evidence()
    # one call in flight for each that a window's beginning seizes: begun in the gap, and all of them struck
    struck = tuple(
        replace(a, drawn=a.eligible, hits=a.eligible)
        if 25 <= a.t < 45 or n % 2
        else replace(a, drawn=(), hits=())
        for n, a in enumerate(evidence.attempts)
    )
    (found,) = hits(replace(evidence, attempts=struck))
    assert broken(found) is None


def test_a_share_of_clients_is_all_or_nothing_and_not_counted(make):
    assert broken(shared(make, make.Curve.flat(0.3), lambda t: 1.0, unit="clients")) is None
    assert "all or nothing" in broken(shared(make, make.Curve.flat(0.3), lambda t: 0.0, unit="clients"))


def test_calls_in_flight_that_a_fault_seizes_count_as_hits_not_as_draws(make):
    evidence = make.World().evidence()
    seized = tuple(replace(a, hits=("dark",)) if 19.9 < a.t < 20.0 else a for a in evidence.attempts)
    (found,) = hits(replace(evidence, attempts=seized))
    assert broken(found) is None


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (((0.0, 1.0),), "100% of requests"),
        (((0.0, 0.0), (20.0, 0.8), (25.0, 0.0)), "0% -> 80% over 20s -> 0% over 5s of requests"),
    ],
)
def test_a_share_reads_as_in_the_file(make, points, text):
    assert share_text(replace(make.BLACKHOLE, share=make.Curve(points))) == text


# the load


def test_lost_requests_are_the_generators_fault(make):
    evidence = make.World().evidence()
    some = evidence.samples["checkout"]
    thin = some.where((some.start < 20) | (np.arange(len(some)) % 20 != 0))
    assert "lost requests: 1425 of 1500 due in fault" in broken(
        load(replace(evidence, samples={"checkout": thin}))
    )


def test_no_sample_at_all_is_no_load(make):
    assert broken(load(make.World(changes={"samples": {}}).evidence())) == "the load left no sample"


def late(make, delay, latency=0.02, **columns):
    t = np.arange(0.0, 80.0, 0.02)
    both = make.samples(t, np.asarray(latency) + delay, delay=delay, **columns)
    return load(make.World(changes={"samples": {"checkout": both}}).evidence())


def test_requests_sent_late_while_users_were_free_are_the_generators_fault(make):
    assert "overloaded: in baseline it sent requests up to 300ms (p99) late" in broken(late(make, 0.3))


def test_lateness_is_measured_against_the_smallest_limit_and_without_one_against_the_deadline(make):
    assert broken(late(make, 0.2)) is None  # 5 % of the 5 s deadline are 250 ms
    fast = make.slo({"latency": Latency((("p95", make.at_most(0.2)),))})
    t = np.arange(0.0, 80.0, 0.02)
    for lateness, is_fine in ((0.009, True), (0.04, False)):
        samples = {"checkout": make.samples(t, 0.1, delay=lateness)}
        finding = load(make.World(slos=(fast,), changes={"samples": samples}).evidence())
        assert (broken(finding) is None) is is_fine


def test_more_lateness_is_allowed_where_limits_are_large(make):
    slow = make.slo({"latency": Latency((("p95", make.at_most(2.0)),))})
    t = np.arange(0.0, 80.0, 0.02)
    samples = {"checkout": make.samples(t, 0.1, delay=0.04)}
    assert broken(load(make.World(slos=(slow,), changes={"samples": samples}).evidence())) is None


def served(due, users, takes):
    """Return when each request is sent by so many users, each of whom it holds for ``takes(t)`` seconds."""
    free = [0.0] * users
    sent = []
    for t in due.tolist():
        sent.append(max(t, heapq.heappop(free)))
        heapq.heappush(free, sent[-1] + takes(sent[-1]))
    return np.array(sent)


def test_requests_that_waited_because_the_service_held_every_user_are_its_own_doing(make):
    """2000/s and 5 s would need 12,000 users; the 5000 there are are all held, and the others wait."""
    due = np.arange(0.0, 20.0, 1 / 2000)
    sent = served(due, 5000, lambda t: 5.0 if 5 <= t < 15 else 0.02)
    held = (sent >= 5) & (sent < 15)
    waited = make.samples(due, sent - due + np.where(held, 5.0, 0.02), delay=sent - due, good=~held)
    assert waited.delay.max() > 2.0
    injection = replace(make.BLACKHOLE, start=5.0, stop=15.0)
    world = make.World(
        rate=2000.0,
        lengths=(5.0, 10.0, 5.0),
        injections=(injection,),
        calls=np.zeros_like,
        changes={"samples": {"checkout": waited}},
    )
    assert broken(load(world.evidence())) is None


def test_requests_that_were_not_sent_because_the_service_held_every_user_are_delivered(make):
    """A service that holds each of 300 users for 6 s at 100 arrivals a second leaves every other one out."""
    t = np.arange(0.0, 80.0, 0.01)
    held, unsent = (t >= 20) & (np.arange(len(t)) % 2 == 0), (t >= 25) & (np.arange(len(t)) % 2 == 1)
    samples = make.samples(
        t,
        np.where(held, 6.0, np.where(unsent, 5.0, 0.02)),
        good=~held & ~unsent,
        saturated=unsent,
        delay=np.where(unsent, 5.0, 0.0),
        cause="not sent",
    )
    assert broken(load(make.World(changes={"samples": {"checkout": samples}}).evidence())) is None
