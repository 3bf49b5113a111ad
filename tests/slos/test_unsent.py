"""Arrivals that were due and not sent: never a pass, whatever the users were doing."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.samples import NOT_SENT
from chaoskit.core.verdict import Verdict
from chaoskit.slos import summary, unsent
from chaoskit.slos.availability import Availability
from chaoskit.slos.evidence import Occupied
from chaoskit.slos.judge import judge, sentence, verdict
from chaoskit.slos.proof_load import load
from chaoskit.slos.scope import pooled
from chaoskit.slos.throughput import Throughput
from chaoskit.slos.time_to_recover import TimeToRecover

DUE = np.arange(0.0, 80.0, 0.02)
SLEEPING = tuple(
    Occupied(t=each, thinking=80.0, waiting=20.0, idle=0.0) for each in np.arange(0.5, 80.1, 0.5).tolist()
)


def evidence(make, lost, held=False, slos=None, bad=None, **changes):
    """A locustfile's run in which the arrivals of ``lost`` were not sent, and ``/`` was asked by the others.

    With ``held``, the service held all 300 users while they were due.
    """
    slos = slos or (make.slo({"availability": Availability(make.at_least(0.99))}, of=("/",)),)
    world = make.World(slos=slos)
    found = {"/": make.samples(DUE[~lost], 0.02, good=True if bad is None else ~bad[~lost])}
    if lost.any():
        found[NOT_SENT] = make.samples(
            DUE[lost], 5.0, delay=5.0, good=False, saturated=True, cause="not sent"
        )
    if (
        held
    ):  # later requests of the same tasks, which hold every user from before the first to after the last
        first, last = DUE[lost].min() - 1.0, DUE[lost].max() + 1.0
        busy = np.repeat(np.arange(first, last, 5.0), 300)
        found["/later"] = make.samples(busy, 5.0 + 1e-9, good=True, arrival=False)
    whole = world.evidence()
    named = replace(
        whole.experiment, load=replace(whole.experiment.load, locustfile="users.py", endpoints=())
    )
    return replace(whole, experiment=named, samples=found, **changes)


def of(findings, check):
    return next(each for each in findings if each.check == check)


def in_fault(t=DUE):
    return (t >= 20) & (t < 50)


def test_a_phase_in_which_nothing_was_sent_is_no_pass_and_says_what_the_users_did(make):
    """Locust's stop_on_threshold.py: ten requests with a second of sleep each in one task."""
    found = evidence(make, in_fault(), occupied=SLEEPING)
    # the later requests of tasks that began before the fault go on, and are good
    sent = found.samples["/"]
    later = make.samples(np.arange(20.005, 50.0, 0.1), 0.02, arrival=False)
    both = pooled([sent, later])
    samples = {**found.samples, "/": both.where(np.argsort(both.start))}
    found = replace(found, samples=samples)

    findings = judge(found)

    assert verdict(findings) is Verdict.INCONCLUSIVE
    assert of(findings, "load/delivered").reason == (
        "1500 of 1500 arrivals due in fault were not sent; users were busy: 80% of their time they slept in "
        "the task, 20% they waited for answers: ask for fewer `arrivals`, let the tasks sleep less, or give "
        "the load more `processes` for more users"
    )
    check = of(findings, "s///fault/availability")
    assert check.verdict is Verdict.INCONCLUSIVE
    assert "1500 of 1500 arrivals due in fault were not sent" in check.reason
    assert "1500 of 1500 arrivals due in fault were not sent" in sentence(findings, found.experiment)
    assert not [each for each in findings if NOT_SENT in each.check]  # nobody asked about it


@pytest.mark.parametrize(("limit", "kept"), [(0.99, Verdict.INCONCLUSIVE), (0.90, Verdict.PASS)])
def test_a_share_that_was_not_sent_counts_against_every_name(make, limit, kept):
    """The service held all users: its own doing. Nobody knows for what the arrivals would have asked."""
    lost = in_fault() & (np.arange(len(DUE)) % 20 == 0)
    slos = (make.slo({"availability": Availability(make.at_least(limit))}, of=("/",)),)
    findings = judge(evidence(make, lost, held=True, slos=slos))

    assert of(findings, "load/delivered").verdict is Verdict.PASS
    found = of(findings, "s///fault/availability")
    assert found.verdict is kept
    if kept is Verdict.INCONCLUSIVE:
        assert found.reason == (
            "75 of 1500 arrivals due in fault were not sent; every user was busy until the arrival's "
            "deadline had passed; had they asked for / it would not be kept to (100% of 1425 samples were "
            "good, asked at least 99%; with 95% confidence it is at least 99.8%): ask for fewer `arrivals`, "
            "or give the load more `processes`"
        )


def test_users_that_sleep_while_a_hundredth_is_due_are_a_broken_proof_and_a_thousandth_is_none(make):
    for step, holds in ((50, False), (500, True)):
        lost = in_fault() & (np.arange(len(DUE)) % step == 0)
        assert (load(evidence(make, lost, occupied=SLEEPING)).verdict is Verdict.PASS) is holds


def test_what_was_not_sent_in_the_first_phase_leaves_no_healthy_baseline(make):
    slos = tuple(
        make.slo({"availability": Availability(make.at_least(0.99))}, id=name, in_=name, of=("/",))
        for name in ("baseline", "fault")
    )
    lost = (DUE < 20) & (np.arange(len(DUE)) % 20 == 0)
    findings = judge(evidence(make, lost, held=True, slos=slos))

    assert of(findings, "baseline///baseline/availability").verdict is Verdict.INCONCLUSIVE
    assert "50 of 1000 arrivals due in baseline were not sent" in of(findings, "baseline/healthy").reason
    assert of(findings, "fault///fault/availability").verdict is Verdict.INCONCLUSIVE


def test_a_check_that_fails_fails_however_many_were_not_sent(make):
    lost = in_fault() & (np.arange(len(DUE)) % 20 == 0)
    found = judge(evidence(make, lost, held=True, bad=in_fault()))
    assert of(found, "s///fault/availability").verdict is Verdict.FAIL


def test_recovery_is_not_seen_where_the_arrivals_after_the_fault_were_not_sent(make):
    slos = (make.slo({"time_to_recover": TimeToRecover(make.at_most(5.0))}, of=("/",), in_="recovery"),)
    lost = (DUE >= 50) & (np.arange(len(DUE)) % 5 == 0)
    (found, *_) = judge(evidence(make, lost, held=True, slos=slos))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "arrivals due in recovery were not sent" in found.reason


def test_the_throughput_of_all_knows_what_was_due_and_counts_it_once(make):
    slos = (make.slo({"throughput": Throughput(make.at_least(0.9))}),)
    lost = in_fault() & (np.arange(len(DUE)) % 20 == 0)
    found = of(judge(evidence(make, lost, held=True, slos=slos)), "s/all/fault/throughput")
    assert (found.verdict, found.value) == (Verdict.PASS, pytest.approx(0.95))


def test_an_endpoint_counts_what_it_was_not_sent_and_a_process_that_stood_still_is_no_fault_of_its(make):
    """Stopped for seven seconds while users were free: what was due in the first two was given up."""
    slos = (make.slo({"availability": Availability(make.at_least(0.99))}),)
    lost = (DUE >= 30) & (DUE < 32)
    samples = make.samples(
        DUE, np.where(lost, 5.0, 0.02), good=~lost, saturated=lost, delay=np.where(lost, 5.0, 0.0)
    )
    findings = judge(make.World(slos=slos, changes={"samples": {"checkout": samples}}).evidence())

    assert of(findings, "load/delivered").reason == (
        "100 of 1500 arrivals due in fault were not sent although users were free: the load generator stood "
        "still; give it a core of its own, or ask for fewer `arrivals`"
    )
    assert verdict(findings) is Verdict.INCONCLUSIVE


def test_what_was_not_sent_is_a_row_for_each_phase_and_a_name_of_the_tables(make):
    found = evidence(make, in_fault(), occupied=SLEEPING)
    (row,) = unsent.not_sent(found)
    assert (row.phase, row.due, row.not_sent, row.endpoints) == ("fault", 1500, 1500, ((NOT_SENT, 1500),))
    assert (row.thinking, row.waiting) == (pytest.approx(0.8), pytest.approx(0.2))
    rows = {(each.endpoint, each.phase): each for each in summary.endpoint_rows(found)}
    assert rows[NOT_SENT, "fault"].samples == 1500
    assert rows[NOT_SENT, "fault"].causes == (("not sent", 1500),)
    assert [each.label for each in summary.series(found)] == ["/", NOT_SENT, "all"]


def test_a_name_that_is_left_out_is_no_endpoint_and_is_counted(make):
    slos = (make.slo({"availability": Availability(make.at_least(0.99))}),)
    found = evidence(make, DUE < 0, slos=slos)
    experiment = replace(found.experiment, load=replace(found.experiment.load, leave_out=("/miss*",)))
    missing = make.samples(DUE[::7] + 0.001, good=False, cause="bad status", arrival=False)
    found = replace(found, experiment=experiment, samples={**found.samples, "/missing": missing})

    findings = judge(found)
    assert [each.check for each in findings if not each.is_proof] == ["s///fault/availability"]
    assert verdict(findings) is not Verdict.FAIL
    assert of(findings, "baseline/healthy").verdict is Verdict.PASS
    assert unsent.left_out(found) == (
        "left out of judgement, as the file says: /missing (572 samples, 572 of them not good)",
    )


def test_where_everything_was_sent_there_is_no_row(make):
    assert unsent.not_sent(evidence(make, DUE < 0)) == ()
