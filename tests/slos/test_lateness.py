"""A worker that was late explains neither a pass nor a failure; a moment of lateness spoils no run."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.late import Late
from chaoskit.core.verdict import Verdict
from chaoskit.slos.judge import judge, verdict
from chaoskit.slos.kinds import KINDS

STARTS = {"baseline": 4.0, "fault": 24.0, "recovery": 56.0}
RESTS_ON = {
    "baseline": {"base", "storm", "bystander"},
    "fault": {"survive", "recover", "storm", "bystander", "work"},
    "recovery": {"recover", "after"},
}


@pytest.fixture(scope="session")
def slos(make):
    at_least, at_most = make.at_least, make.at_most
    return (
        make.slo({"availability": KINDS["availability"](at_least(0.98))}, id="base", in_="baseline"),
        make.slo({"availability": KINDS["availability"](at_least(0.95))}, id="survive"),
        make.slo({"time_to_recover": KINDS["time_to_recover"](at_most(5.0))}, id="recover"),
        make.slo({"amplification": KINDS["amplification"](at_most(3.0))}, id="storm", provider="stripe"),
        make.slo({"unchanged": KINDS["unchanged"](availability=-0.05)}, id="bystander"),
        make.slo({"throughput": KINDS["throughput"](at_least(0.95))}, id="work"),
        make.slo({"availability": KINDS["availability"](at_least(0.99))}, id="after", in_="recovery"),
    )


def run(make, slos, *late, **world):
    """Judge a run in which a worker was late: pairs of a start and a length."""
    changes = {"late": tuple(Late("proxy-0", start, start + length) for start, length in late)}
    return judge(make.World(slos=slos, changes=changes, **world).evidence())


def by_slo(findings):
    return {each.check.partition("/")[0]: each for each in findings if not each.is_proof}


def test_a_worker_that_is_late_for_a_moment_now_and_then_spoils_nothing(make, slos):
    findings = run(make, slos, *((2.0 + 5.0 * n, 0.2) for n in range(15)))

    assert {each.verdict for each in findings} == {Verdict.PASS}


@pytest.mark.parametrize("phase", STARTS)
@pytest.mark.parametrize("pieces", [1, 20], ids=["one stall", "often"])
def test_what_a_long_lateness_leaves_undecided(make, slos, phase, pieces):
    length = 0.6 if pieces == 1 else 0.45
    findings = run(make, slos, *((STARTS[phase] + 0.5 * n, length) for n in range(pieces)))
    broken = [each for each in findings if each.kind == "late"]

    assert [(each.check, each.phase, each.verdict) for each in broken] == [
        (f"late/{phase}", phase, Verdict.INCONCLUSIVE)
    ]
    assert "proxy-0 was stopped, or had no processor" in broken[0].reason
    undecided = {id_ for id_, each in by_slo(findings).items() if each.verdict is Verdict.INCONCLUSIVE}
    assert undecided == RESTS_ON[phase]
    assert verdict(findings) is Verdict.INCONCLUSIVE


MOMENTS = tuple((55.0 + 5.0 * n, 0.45) for n in range(5))


def bad_in(*moments):
    return lambda t: sum(((t >= start) & (t < start + length)) for start, length in moments).astype(float)


def test_a_failure_that_moments_of_lateness_explain_is_none(make, slos):
    evidence = make.World(slos=slos, bad=bad_in(*MOMENTS)).evidence()
    column = evidence.samples["checkout"]
    # the target had a timeout of half a second, or less
    short = {"checkout": replace(column, latency=np.minimum(column.latency, 0.45))}
    failing = replace(evidence, samples=short)
    stretches = tuple(Late("proxy-0", start, start + length) for start, length in MOMENTS)
    late = by_slo(judge(replace(failing, late=stretches)))["after"]

    assert by_slo(judge(failing))["after"].verdict is Verdict.FAIL
    assert late.verdict is Verdict.INCONCLUSIVE
    assert "while the proxy was late (proxy-0 for 450ms at 55.0s); it was fail with them" in late.reason


def test_a_failure_that_has_other_reasons_stays(make, slos):
    bad = bad_in(*((start + 2.0, 0.9) for start, _ in MOMENTS))

    assert by_slo(run(make, slos, *MOMENTS, bad=bad))["after"].verdict is Verdict.FAIL


def test_a_pass_that_rests_on_a_moment_of_lateness_is_none(make):
    ask = [make.slo({"availability": KINDS["availability"](make.at_least(0.95))}, id="survive")]
    few = {"rate": 12.0, "lengths": (20.0, 5.0, 30.0)}  # 60 samples, where 59 are needed

    assert by_slo(run(make, ask, **few))["survive"].verdict is Verdict.PASS
    assert by_slo(run(make, ask, (21.0, 0.4), **few))["survive"].verdict is Verdict.INCONCLUSIVE


def test_hits_of_a_moment_of_lateness_prove_nothing(make, slos):
    world = make.World(slos=slos)
    evidence = world.evidence()
    only = tuple(
        each if 30.0 <= each.t < 30.3 else replace(each, hits=(), drawn=(), eligible=())
        for each in evidence.attempts
    )
    on = replace(evidence, attempts=only)
    late = replace(on, late=(Late("proxy-0", 30.0, 30.3),))

    def proof(found):
        return next(each.verdict for each in judge(found) if each.check == "hits/dark")

    assert (proof(on), proof(late)) == (Verdict.PASS, Verdict.INCONCLUSIVE)


def test_what_was_lost_to_lateness_was_not_offered_either(make, slos):
    evidence = make.World(slos=slos).evidence()
    late = evidence.without_late()
    assert late.offered == evidence.offered
    some = replace(evidence, late=(Late("proxy-0", 30.0, 31.0),)).without_late()
    assert some.offered["fault"] == sum(
        np.sum((each.start >= 20) & (each.start < 50)) for each in some.samples.values()
    )
    assert some.offered["fault"] < evidence.offered["fault"]
    assert {k: v for k, v in some.offered.items() if k != "fault"} == {
        k: v for k, v in evidence.offered.items() if k != "fault"
    }
