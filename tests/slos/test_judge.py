"""The judgement as a whole: a run that cannot be believed never passes, nor does a check that breaks."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaoskit.core.objective import Margin
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.slos.judge import forecast, judge, sentence, verdict
from chaoskit.slos.kinds import KINDS
from chaoskit.slos.objective import JudgedObjective


@pytest.fixture(scope="session")
def slos(make):
    """Every kind of objective, with limits that a healthy service keeps to."""
    at_least, at_most = make.at_least, make.at_most
    return (
        make.slo({"availability": KINDS["availability"](at_least(0.98))}, id="base", in_="baseline"),
        make.slo(
            {
                "availability": KINDS["availability"](at_least(0.95)),
                "latency": KINDS["latency"]((("p95", at_most(0.8)),)),
            },
            id="survive",
        ),
        make.slo({"degraded": KINDS["degraded"](at_least(0.8))}, id="fallback"),
        make.slo({"time_to_degrade": KINDS["time_to_degrade"](at_most(5.0))}, id="switch"),
        make.slo({"time_to_recover": KINDS["time_to_recover"](at_most(5.0))}, id="recover"),
        make.slo({"amplification": KINDS["amplification"](at_most(3.0))}, id="storm", provider="stripe"),
        make.slo(
            {"unchanged": KINDS["unchanged"](availability=-0.05, p95=Margin(0.25, 0.005))}, id="bystander"
        ),
        make.slo({"throughput": KINDS["throughput"](at_least(0.95))}, id="work"),
    )


def fallback(t):
    return np.where((t >= 20) & (t < 50), 0.97, 0.0)


def checks(findings):
    return [each for each in findings if not each.is_proof]


def test_a_resilient_service_passes_every_check(make, slos):
    findings = judge(make.World(slos=slos, degraded=fallback).evidence())
    assert {each.verdict for each in findings} == {Verdict.PASS}
    assert verdict(findings) is Verdict.PASS
    assert len({each.check for each in findings}) == len(findings) == 17


def test_a_service_that_goes_down_with_its_provider_fails(make, slos):
    down = {"bad": lambda t: np.where((t >= 20) & (t < 50), 0.9, 0.0)}
    findings = judge(make.World(slos=slos, **down).evidence())
    assert verdict(findings) is Verdict.FAIL
    assert {each.kind for each in findings if each.verdict is Verdict.FAIL} == {
        "availability",
        "latency",
        "degraded",
        "time_to_degrade",
        "unchanged",
        "throughput",
    }


def wrecks(make):
    """Evidence that proves nothing, each in another way."""
    t = np.arange(0.0, 80.0, 0.02)
    open_at_the_end = make.samples(t, 1.0, good=False, censored=True, cause="still open")
    late = make.samples(t, 0.12, delay=0.1)
    return {
        "no hit": {"calls": np.zeros_like},
        "no sample": {"changes": {"samples": {}}},
        "no sample in the fault": {
            "changes": {"samples": {"checkout": make.samples(t[(t < 20) | (t >= 50)])}}
        },
        "no sample before the fault": {"changes": {"samples": {"checkout": make.samples(t[t >= 20])}}},
        "all still open": {"changes": {"samples": {"checkout": open_at_the_end}}},
        "a dead target": {"bad": np.ones_like},
        "an overloaded generator": {"changes": {"samples": {"checkout": late}}},
        "half of the load is missing": {"changes": {"offered": dict.fromkeys(("fault",), 3000)}},
        "a problem": {"changes": {"problems": ("the proxy died",)}},
        "names that nobody asked for": {"changes": {"samples": {"(name 3 is missing)": make.samples(t)}}},
        "one endpoint without samples": {
            "endpoints": ("checkout", "b"),
            "changes": {"samples": {"b": make.samples(t)}},
        },
        "no injection": {"injections": ()},
    }


WRECKS = (
    "no hit",
    "no sample",
    "no sample in the fault",
    "no sample before the fault",
    "all still open",
    "a dead target",
    "an overloaded generator",
    "half of the load is missing",
    "a problem",
    "names that nobody asked for",
    "one endpoint without samples",
    "no injection",
)


@pytest.mark.parametrize("name", WRECKS)
def test_broken_evidence_is_inconclusive_never_a_pass_and_never_the_services_fault(make, slos, name):
    known = wrecks(make)
    assert tuple(known) == WRECKS
    found = judge(make.World(**({"slos": slos, "degraded": fallback} | known[name])).evidence())
    assert verdict(found) is Verdict.INCONCLUSIVE
    assert sentence(found, make.World(slos=slos).experiment()).startswith("no verdict: ")


def test_a_fail_that_rests_on_a_broken_proof_says_nothing_about_the_fault(make, slos):
    findings = judge(make.World(slos=slos, bad=np.ones_like).evidence())
    survive = next(each for each in findings if each.check == "survive/checkout/fault/availability")
    assert (survive.verdict, survive.measured) == (Verdict.INCONCLUSIVE, "0%")
    assert survive.reason.startswith(
        "it rests on baseline/healthy, which is not proven (the objective was not kept to: "
    )
    base = next(each for each in findings if each.check == "base/checkout/baseline/availability")
    assert base.reason.startswith("the target was not healthy before any fault: 0% of 751 samples were good")


def test_an_injection_that_struck_nothing_spoils_only_what_rests_on_it(make):
    kind = KINDS["availability"](make.at_least(0.95))
    asked = tuple(
        make.slo({"availability": kind}, id=phase, in_=phase) for phase in ("baseline", "fault", "fourth")
    )
    early = replace(make.BLACKHOLE, id="early", provider="tax")
    late = replace(make.BLACKHOLE, start=85.0, stop=105.0)
    world = make.World(slos=asked, injections=(early, late), lengths=(20.0, 30.0, 30.0, 30.0))
    found = {each.phase: each.verdict for each in checks(judge(world.evidence()))}
    assert found == {"baseline": Verdict.PASS, "fault": Verdict.INCONCLUSIVE, "fourth": Verdict.PASS}


def test_what_comes_after_an_injection_that_struck_nothing_is_no_recovery(make):
    asked = make.slo({"availability": KINDS["availability"](make.at_least(0.95))}, in_="recovery")
    (found,) = checks(judge(make.World(slos=(asked,), calls=np.zeros_like).evidence()))
    assert found.verdict is Verdict.INCONCLUSIVE


@dataclass(frozen=True, slots=True)
class Breaks(JudgedObjective):
    def judge(self, slo, evidence):
        raise ZeroDivisionError("by nothing")


@dataclass(frozen=True, slots=True)
class Silent(JudgedObjective):
    def judge(self, slo, evidence):
        return []


@pytest.mark.parametrize(
    ("objective", "reason"),
    [
        (Breaks(), "the check itself failed: ZeroDivisionError: by nothing"),
        (Silent(), "there is no endpoint that it could be about"),
    ],
)
def test_a_check_that_breaks_or_says_nothing_is_inconclusive(make, objective, reason):
    findings = judge(make.World(slos=(make.slo({"odd": objective}),)).evidence())
    assert [(each.check, each.verdict, each.reason) for each in checks(findings)] == [
        ("s/odd", Verdict.INCONCLUSIVE, reason)
    ]


def test_a_proof_that_breaks_is_no_proof(make, slos):
    evidence = make.World(slos=slos, degraded=fallback).evidence()
    findings = judge(replace(evidence, attempts=(None,)))
    assert verdict(findings) is Verdict.INCONCLUSIVE
    assert "the proof itself failed: AttributeError" in next(f for f in findings if f.check == "hits").reason


def test_nothing_asked_is_nothing_shown(make):
    findings = judge(make.World().evidence())
    assert verdict(findings) is Verdict.INCONCLUSIVE
    assert (
        sentence(findings, make.World().experiment())
        == "no verdict: nothing was asked: the experiment has no SLO"
    )


SAMPLED = ("availability", "latency", "degraded", "time_to_recover", "unchanged", "throughput")


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_more_bad_samples_never_make_a_pass(make, slos, data):
    """Whatever the phase held before, bad samples in it (and after it) can only make a check worse."""
    rate = data.draw(st.sampled_from([2.0, 5.0, 20.0]))
    before = data.draw(st.sampled_from([0.0, 0.01, 0.03, 0.06, 0.5]))
    extra = np.sort(data.draw(st.lists(st.floats(20.0, 79.0), min_size=1, max_size=60)))
    seed = data.draw(st.integers(0, 5))
    world = make.World(
        slos=slos, rate=rate, degraded=fallback, seed=seed, bad=lambda t: np.where(t >= 20, before, 0.0)
    )
    evidence = world.evidence()
    had = evidence.samples["checkout"]
    start = np.concatenate([had.start, extra])
    order = np.argsort(start, kind="stable")
    more = make.samples(
        start[order],
        np.concatenate([had.latency, np.full(len(extra), 5.0)])[order],
        np.concatenate([had.good, np.zeros(len(extra), dtype=bool)])[order],
        np.concatenate([had.degraded, np.zeros(len(extra), dtype=bool)])[order],
    )
    worse = replace(evidence, samples={"checkout": more})
    passed = {each.check for each in judge(evidence) if each.verdict is Verdict.PASS and each.kind in SAMPLED}
    still = {each.check for each in judge(worse) if each.verdict is Verdict.PASS and each.kind in SAMPLED}
    assert still <= passed


def test_the_forecast_covers_every_slo(make, slos):
    found = forecast(make.World(slos=slos).experiment())
    assert {each.check.partition("/")[0] for each in found} == {each.id for each in slos}
    assert all(each.expected >= each.needed for each in found)


def test_every_finding_is_fit_for_json(make, slos):
    down = {"bad": lambda t: np.where((t >= 20) & (t < 60), 1.0, 0.0)}
    for each in judge(make.World(slos=slos, **down).evidence()):
        assert isinstance(each, Finding)
        for value in (each.value, each.lower, each.upper, each.limit, each.effective):
            assert value is None or (type(value) is float and np.isfinite(value)), each.check
        assert type(each.samples) is int
        assert each.needed is None or type(each.needed) is int
