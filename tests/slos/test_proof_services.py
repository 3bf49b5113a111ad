"""A fault on a service counts where the engine confirmed it, on time, and where it was taken back."""

from dataclasses import replace

import pytest

from chaoskit.core.service import ServiceInjection
from chaoskit.core.verdict import Verdict
from chaoskit.faults.service.partition import Partition
from chaoskit.faults.service.pause import Pause
from chaoskit.slos.availability import Availability
from chaoskit.slos.evidence import Deed
from chaoskit.slos.judge import judge
from chaoskit.slos.proof_services import services
from chaoskit.slos.summary import injection_rows

HANGS = ServiceInjection(id="hangs", service="db", fault=Pause(), fault_name="pause", windows=((20.0, 50.0),))
ENTERED = Deed(t=20.1, injection="hangs", container="p-db-1", what="entered", seen="state paused")
LEFT = Deed(t=50.1, injection="hangs", container="p-db-1", what="left", restored=True)


def found(make, deeds, injection=HANGS):
    evidence = make.World(injections=()).evidence()
    experiment = replace(evidence.experiment, service_injections=(injection,))
    return replace(evidence, experiment=experiment, deeds=tuple(deeds))


def proof(make, deeds, injection=HANGS):
    (finding,) = services(found(make, deeds, injection))
    return finding


def test_what_was_put_on_and_taken_off_is_proven(make):
    finding = proof(make, [ENTERED, LEFT])
    assert (finding.check, finding.verdict) == ("hits/hangs", Verdict.PASS)
    assert finding.measured == "1 container, 1 time: state paused"


@pytest.mark.parametrize(
    ("deeds", "why"),
    [
        ([], "struck nothing: pause was never put on a container of db"),
        ([replace(ENTERED, t=23.0), LEFT], "was put on 3.0s late"),
        ([ENTERED], "was not seen to be taken off p-db-1"),
        ([ENTERED, replace(LEFT, t=53.0)], "was taken off p-db-1 3.0s late"),
        (
            [ENTERED, replace(LEFT, restored=False, why="it was running and is paused")],
            "is not as it was before",
        ),
        ([replace(ENTERED, what="failed", why="it is gone")], "could not be put on p-db-1"),
        ([ENTERED, LEFT, replace(LEFT, what="failed", why="no answer")], "or not be taken off: no answer"),
        ([replace(ENTERED, t=5.0), replace(LEFT, t=10.0)], "never put on a container"),
    ],
)
def test_each_broken_piece_of_evidence_breaks_the_proof(make, deeds, why):
    finding = proof(make, deeds)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert why in finding.reason


@pytest.mark.parametrize(
    ("packets", "verdict"), [(0, Verdict.INCONCLUSIVE), (1, Verdict.PASS), (None, Verdict.PASS)]
)
def test_rules_that_no_packet_met_struck_nothing(make, packets, verdict):
    apart = replace(HANGS, fault=Partition(from_="web"), fault_name="partition")
    finding = proof(make, [ENTERED, replace(LEFT, packets=packets)], apart)
    assert finding.verdict is verdict


def test_every_window_needs_its_own(make):
    twice = replace(HANGS, windows=((20.0, 30.0), (40.0, 50.0)))
    first = [ENTERED, replace(LEFT, t=30.1)]
    assert proof(make, first, twice).verdict is Verdict.INCONCLUSIVE
    again = [replace(ENTERED, t=40.1), LEFT]
    assert proof(make, [*first, *again], twice).verdict is Verdict.PASS


def test_a_check_of_its_phase_is_worth_nothing_without_it(make):
    asked = make.slo({"availability": Availability(make.at_least(0.9))})
    for deeds, verdict in (([], Verdict.INCONCLUSIVE), ([ENTERED, LEFT], Verdict.PASS)):
        world = found(make, deeds)
        told = judge(replace(world, experiment=replace(world.experiment, slos=(asked,))))
        assert {each.verdict for each in told if each.check.startswith("s/")} == {verdict}


def test_the_report_has_a_row_of_it(make):
    (row,) = injection_rows(found(make, [ENTERED, LEFT]))
    assert (row.id, row.provider, row.fault, row.hits) == ("hangs", "db", "pause", 1)
    assert (row.share, row.examples) == ("all containers", ("p-db-1: state paused",))
