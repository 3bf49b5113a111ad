"""A service that its client holds down, because our capture damaged that: nothing is known of the service."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.experiment import Endpoint, Load
from chaoskit.core.verdict import Verdict
from chaoskit.slos.availability import Availability
from chaoskit.slos.evidence import Attempt, Carried, Suspect
from chaoskit.slos.judge import judge
from chaoskit.slos.lost_client import excuse
from chaoskit.slos.time_to_recover import TimeToRecover

HTTPX = Suspect(
    injection="dark",
    client="httpx (httpcore 1.0.9)",
    is_installed=True,
    source="encode/httpcore#1023",
    remedy="capture stripe without CONNECT",
)


def down(t):
    return np.where(t >= 20, 1.0, 0.0)


def none_after(stop):
    return lambda t: np.where(t < stop, 1.0, 0.0)


def evidence(make, suspects=(HTTPX,), **world):
    world = {"bad": down, "calls": none_after(45)} | world
    return make.World(changes={"suspects": suspects}, **world).evidence()


def findings(make, **world):
    slos = (
        make.slo({"time_to_recover": TimeToRecover(make.at_most(5.0))}, id="back"),
        make.slo({"availability": Availability(make.at_least(0.9))}, id="after", in_="recovery"),
        make.slo({"availability": Availability(make.at_least(0.9))}, id="during", in_="fault"),
    )
    names = {each.id for each in slos}
    found = judge(evidence(make, slos=slos, **world))
    return {name: each for each in found if (name := each.check.split("/")[0]) in names}


def test_a_client_that_calls_no_more_is_no_proof_against_the_service(make):
    found = findings(make)

    assert found["back"].verdict is Verdict.INCONCLUSIVE
    assert found["back"].reason.endswith(
        "checkout kept failing, and after dark had ended nothing of it reached the proxy for stripe: httpx "
        "(httpcore 1.0.9) does so behind CONNECT, whatever the service does (encode/httpcore#1023), and a "
        "breaker that never closes would look the same; capture stripe without CONNECT and run it again"
    )
    assert found["after"].verdict is Verdict.INCONCLUSIVE
    assert "encode/httpcore#1023" in found["after"].reason


def test_what_failed_under_the_fault_stays_a_failure(make):
    assert findings(make)["during"].verdict is Verdict.FAIL


def test_a_client_that_nobody_knows_is_named_with_if(make):
    reason = findings(make, suspects=(replace(HTTPX, is_installed=False),))["back"].reason
    assert "does, if that is what the service calls with, so behind CONNECT" in reason


def test_without_a_suspect_a_breaker_that_never_closes_fails(make):
    """Another capture, another fault, or a client that is known not to have the defect."""
    found = findings(make, suspects=())
    assert {each.verdict for each in found.values()} == {Verdict.FAIL}


def test_one_attempt_shows_that_the_client_can_still_connect(make):
    mine = evidence(make)
    late = Attempt(t=79.5, provider="stripe", is_call=False)
    assert excuse(mine, "checkout", 50.0, 80.0) is not None
    assert excuse(replace(mine, attempts=(*mine.attempts, late)), "checkout", 50.0, 80.0) is None


@pytest.mark.parametrize(("t", "is_excused"), [(49.5, True), (60.0, False)])
def test_what_an_open_connection_carries_shows_it_as_well(make, t, is_excused):
    mine = replace(evidence(make), carried=(Carried(t=t, until=t + 0.25, provider="stripe", turns=1),))
    assert (excuse(mine, "checkout", 50.0, 80.0) is not None) is is_excused


@pytest.mark.parametrize(
    "attempt",
    [
        Attempt(t=60.0, provider="adyen", is_call=True),
        Attempt(t=60.0, provider="stripe", is_call=False, is_question=True),
    ],
    ids=["of another provider", "a DNS question"],
)
def test_what_is_no_attempt_for_the_provider_shows_nothing(make, attempt):
    mine = evidence(make)
    mine = replace(mine, attempts=(*mine.attempts, attempt))
    assert excuse(mine, "checkout", 50.0, 80.0) is not None


def test_a_service_that_never_called_is_not_held_down_by_its_client(make):
    assert excuse(evidence(make, calls=np.zeros_like), "checkout", 50.0, 80.0) is None


def test_a_service_that_answers_mostly_well_is_judged_by_its_answers(make):
    some = evidence(make, bad=lambda t: np.where(t >= 50, 0.2, 0.0))
    assert excuse(some, "checkout", 50.0, 80.0) is None


@pytest.mark.parametrize(
    ("depends_on", "is_excused"), [(("adyen",), False), ((), True), (("adyen", "stripe"), True)]
)
def test_only_an_endpoint_that_may_need_the_provider_is_excused(make, depends_on, is_excused):
    mine = evidence(make)
    endpoint = Endpoint(name="checkout", method="GET", path="/", depends_on=depends_on)
    load = Load(arrivals=50.0, endpoints=(endpoint,))
    changed = replace(mine, experiment=replace(mine.experiment, load=load))
    assert (excuse(changed, "checkout", 50.0, 80.0) is not None) is is_excused


def test_a_fault_that_is_still_on_excuses_nothing(make):
    assert excuse(evidence(make), "checkout", 49.0, 80.0) is None


def test_a_service_that_came_back_too_late_and_called_fails(make):
    late = {"bad": lambda t: np.where((t >= 20) & (t < 62), 1.0, 0.0), "calls": np.ones_like}
    assert findings(make, **late)["back"].verdict is Verdict.FAIL
