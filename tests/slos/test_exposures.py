"""Exposure counted from records: whose calls were seen, which samples met the fault, what the others did."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.experiment import Endpoint, Provider
from chaoskit.core.exposure import Basis, Counted
from chaoskit.core.verdict import Verdict
from chaoskit.slos.availability import Availability
from chaoskit.slos.evidence import Attempt, ProbeRequest
from chaoskit.slos.exposures import Exposures, covered
from chaoskit.slos.judge import judge, verdict
from chaoskit.slos.links import Links
from chaoskit.slos.time_to_recover import TimeToRecover


@pytest.fixture
def asked(make):
    return make.slo({"availability": Availability(make.at_least(0.9))}, id="survive")


def untraced(evidence, probes=("checkout",), seen=True):
    """The same record of a service that passes no trace on; each endpoint was probed three times."""
    attempts = tuple(replace(each, identity="", identified_by="order") for each in evidence.attempts)
    sent, more = [], []
    for name in probes:
        for when in (-5.0, -4.0, 81.0):
            at = when + 0.1 * len(sent)
            sent.append(ProbeRequest(endpoint=name, is_last=when > 0, trace=0, begun=at, ended=at + 0.02))
            if seen:
                more.append(Attempt(t=at + 0.01, provider="stripe", is_call=True))
    return replace(evidence, attempts=(*attempts, *more), probes=tuple(sent))


def exposure(evidence, name="checkout", phase="fault"):
    return Exposures(evidence).of(name, evidence.experiment.phase(phase))


def verdict_of(evidence, check):
    return next(each for each in judge(evidence) if each.check == check)


def in_fault(t):
    return (t >= 20) & (t < 50)


def test_where_traces_are_passed_on_each_request_is_known(make, asked):
    evidence = make.World(slos=(asked,)).evidence()
    link = Links(evidence).of("checkout", "stripe")
    assert (link.basis, link.quiet, link.late) == (
        Basis.TRACES,
        Counted(requests=998, calling=998),  # two were still open when the fault began
        Counted(requests=1500, calling=1500),
    )
    found = exposure(evidence)
    assert (found.judged, found.under, found.called, found.met) == (1500, 1500, 1500, 1500)
    assert exposure(evidence, phase="recovery") is None


def test_an_endpoint_whose_calls_were_not_seen_is_named(make, asked):
    """Two endpoints that both claim stripe; only one of them is captured."""
    world = make.World(slos=(asked,), endpoints=("one", "two"))
    evidence = world.evidence()
    own = {f"{trace:016x}" for trace in evidence.samples["two"].trace.tolist()}
    lost = replace(
        evidence, attempts=tuple(each for each in evidence.attempts if each.identity[:16] not in own)
    )
    found = {each.check: each for each in judge(lost)}
    assert found["survive/one/fault/availability"].verdict is Verdict.PASS
    assert found["survive/two/fault/availability"].verdict is Verdict.INCONCLUSIVE
    assert "two depends on stripe" in found["capture/two/stripe"].reason
    assert verdict(found.values()) is Verdict.INCONCLUSIVE
    assert verdict(judge(evidence)) is Verdict.PASS


def test_without_traces_probes_tie_calls_to_an_endpoint(make, asked):
    evidence = untraced(make.World(slos=(asked,)).evidence())
    link = Links(evidence).of("checkout", "stripe")
    assert (link.basis, link.before, link.after) == (
        Basis.PROBES,
        Counted(requests=2, calling=2),
        Counted(requests=1, calling=1),
    )
    assert verdict(judge(evidence)) is Verdict.PASS
    assert exposure(evidence).met == 1500


def test_a_ping_every_three_seconds_is_no_call_of_the_endpoint(make, asked):
    """The path under test goes around the proxy, and something else is hit."""

    def ping(t):
        return np.isin(np.round(t * 50).astype(int) % 150, [7]).astype(float)

    for evidence in (
        untraced(make.World(slos=(asked,), calls=ping).evidence(), seen=False),
        untraced(make.World(slos=(asked,), calls=ping).evidence(), seen=True),
    ):
        found = judge(evidence)
        assert any("dark" in each.hits for each in evidence.attempts)
        assert verdict(found) is Verdict.INCONCLUSIVE
        assert next(f for f in found if f.check == "capture/checkout/stripe").verdict is Verdict.INCONCLUSIVE


def test_an_endpoint_may_say_that_it_calls_now_and_then(make, asked):
    evidence = make.World(
        slos=(asked,), calls=lambda t: (np.round(t * 50) % 20 == 0).astype(float)
    ).evidence()
    assert verdict(judge(evidence)) is Verdict.INCONCLUSIVE
    load = evidence.experiment.load
    rarely = replace(load, endpoints=tuple(replace(each, calls="sometimes") for each in load.endpoints))
    honest = replace(evidence, experiment=replace(evidence.experiment, load=rarely))
    assert verdict(judge(honest)) is Verdict.PASS
    never = replace(honest, attempts=tuple(each for each in honest.attempts if not in_fault(each.t)))
    assert verdict(judge(never)) is Verdict.INCONCLUSIVE


def opened(t):
    """A breaker lets five seconds of calls through, then none until the fault is over."""
    return np.where((t >= 25) & (t < 50), 0.0, 1.0)


def test_a_breaker_counts_where_it_is_seen_what_is_done_instead(make, asked):
    silent = make.World(slos=(asked,), calls=opened).evidence()
    said = verdict_of(silent, "survive/checkout/fault/availability")
    assert said.verdict is Verdict.INCONCLUSIVE
    assert "nothing shows what the others did: say in `degraded_when`" in said.reason

    marked = make.World(slos=(asked,), calls=opened, degraded=lambda t: in_fault(t) * 0.99).evidence()
    assert verdict_of(marked, "survive/checkout/fault/availability").verdict is Verdict.PASS
    assert exposure(marked).instead_by == ("degraded answers",)


def test_another_provider_that_is_called_instead_is_seen_by_how_much_goes_there(make, asked):
    silent = make.World(slos=(asked,), calls=opened).evidence()
    providers = (*silent.experiment.providers, Provider(name="adyen", hosts=("adyen.test",)))
    elsewhere = tuple(
        Attempt(t=float(t), provider="adyen", is_call=False) for t in np.arange(25.0, 50.0, 0.02)
    )
    seen = replace(
        silent,
        experiment=replace(silent.experiment, providers=providers),
        attempts=(*silent.attempts, *elsewhere),
    )
    assert verdict_of(seen, "survive/checkout/fault/availability").verdict is Verdict.PASS
    assert exposure(seen).instead_by == ("called adyen",)


def test_a_hit_of_a_caller_that_had_left_is_no_meeting(make, asked):
    evidence = make.World(slos=(asked,)).evidence()
    late = tuple(replace(each, t=each.t + 4.0) if each.hits else each for each in evidence.attempts)
    found = verdict_of(replace(evidence, attempts=late), "survive/checkout/fault/availability")
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.exposure.met == 0


def test_a_fault_of_connections_strikes_before_any_trace_is_read(make, asked):
    evidence = make.World(slos=(asked,)).evidence()
    early = tuple(
        replace(each, is_call=False, identity="", identified_by="") if each.hits else each
        for each in evidence.attempts
    )
    probed = untraced(evidence)
    alone = tuple(each for each in probed.attempts if each.t < 0 or each.t > 80)
    found = exposure(replace(evidence, attempts=(*early, *alone), probes=probed.probes))
    assert (found.basis, found.met, found.under) == (Basis.PROBES, 1500, 1500)


def test_a_window_of_a_moment_shows_nothing_unless_the_file_allows_it(make, asked):
    moment = replace(make.BLACKHOLE, stop=20.06)
    evidence = make.World(slos=(asked,), injections=(moment,)).evidence()
    assert covered(evidence.experiment, evidence.experiment.phase("fault")) == pytest.approx(0.002)
    said = verdict_of(evidence, "survive/checkout/fault/availability")
    assert said.verdict is Verdict.INCONCLUSIVE
    assert "of 1500 judged samples" in said.reason
    allowed = replace(asked, may_dilute=True)
    diluted = replace(evidence, experiment=replace(evidence.experiment, slos=(allowed,)))
    assert verdict(judge(diluted)) is Verdict.PASS


@pytest.mark.parametrize("phase", ["baseline", "recovery"])
def test_an_injection_that_nobody_looks_at_is_no_pass(make, asked, phase):
    evidence = make.World(slos=(replace(asked, in_=phase),)).evidence()
    found = next(each for each in judge(evidence) if each.check == "asked/dark")
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "add one, such as `{id: survive, in: fault, of: checkout, " in found.reason


def test_what_comes_after_is_no_look_at_the_fault(make):
    recover = make.slo({"time_to_recover": TimeToRecover(make.at_most(5.0))}, id="recover")
    assert verdict(judge(make.World(slos=(recover,)).evidence())) is Verdict.INCONCLUSIVE


def test_a_bystander_claims_nothing_and_the_sentence_says_so(make, asked):
    evidence = make.World(slos=(asked,), endpoints=("checkout", "items")).evidence()
    endpoints = tuple(
        each if each.name == "checkout" else Endpoint(name="items", method="GET", path="/items")
        for each in evidence.experiment.load.endpoints
    )
    own = {f"{trace:016x}" for trace in evidence.samples["items"].trace.tolist()}
    evidence = replace(
        evidence,
        experiment=replace(
            evidence.experiment,
            load=replace(evidence.experiment.load, endpoints=endpoints),
            slos=(replace(asked, of=("items",)),),
        ),
        attempts=tuple(each for each in evidence.attempts if each.identity[:16] not in own),
        probes=(ProbeRequest(endpoint="items", is_last=False, trace=0, begun=-3.0, ended=-2.9),),
    )
    found = {each.check: each for each in judge(evidence)}
    assert found["survive/items/fault/availability"].exposure.providers == ()
    assert found["asked/dark"].verdict is Verdict.INCONCLUSIVE  # nobody asked about checkout
