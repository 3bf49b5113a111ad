"""Good answers, of all that was offered."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.verdict import Verdict
from chaoskit.slos.throughput import Throughput


def judged(make, limit=0.95, of=(), **world):
    kind = Throughput(make.at_least(limit))
    slo = make.slo({"throughput": kind}, of=of)
    return kind.judge(slo, make.World(slos=(slo,), **world).evidence())


def test_all_endpoints_are_judged_together(make):
    (found,) = judged(make, endpoints=("a", "b"))
    assert (found.check, found.verdict, found.samples) == ("s/all/fault/throughput", Verdict.PASS, 1500)


def test_named_endpoints_are_judged_one_by_one(make):
    found = judged(make, of=("*",), endpoints=("a", "b"))
    assert [each.subject for each in found] == ["a", "b"]


def test_offered_arrivals_without_a_record_count_as_not_answered(make):
    (found,) = judged(make, changes={"offered": {"fault": 3000}})
    assert (found.verdict, found.measured, found.samples) == (Verdict.FAIL, "50%", 3000)


def test_requests_that_were_never_sent_count_as_not_answered(make):
    t = np.arange(20.0, 50.0, 0.02)
    unsent = make.samples(t, 5.0, good=t < 30, saturated=t >= 30, cause="not sent")
    (found,) = judged(make, changes={"samples": {"checkout": unsent}})
    assert found.verdict is Verdict.FAIL
    assert "were never sent, because every user was busy" in found.reason


def test_a_later_request_of_the_same_task_is_no_arrival(make):
    t = np.arange(20.0, 50.0, 0.01)
    tasks = make.samples(t, arrival=np.arange(len(t)) % 2 == 0)
    (found,) = judged(make, changes={"samples": {"checkout": tasks}})
    assert found.samples == 1500


def test_users_who_wait_offer_nothing_to_compare_with(make):
    (found,) = judged(make, changes={"offered": {}})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "use arrivals" in found.reason


def test_it_has_a_lower_limit(make):
    with pytest.raises(ValueError, match="expected at least a share"):
        Throughput(make.at_most(0.5))


def test_the_forecast_pools_the_endpoints(make):
    kind, slo = Throughput(make.at_least(0.95)), make.slo({})
    experiment = make.World(endpoints=("a", "b")).experiment()
    assert [each.expected for each in kind.forecast(slo, experiment)] == [1500]
    closed = replace(experiment, load=replace(experiment.load, arrivals=None, users=3))
    assert kind.forecast(slo, closed) == []
