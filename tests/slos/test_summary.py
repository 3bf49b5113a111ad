"""Rows for reports: what happened, not what it means."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.result import EndpointRow
from chaoskit.faults.error import Error
from chaoskit.faults.refuse import Refuse
from chaoskit.slos.evidence import Attempt, Carried
from chaoskit.slos.summary import (
    connections_to,
    endpoint_rows,
    injection_rows,
    provider_calls,
    provider_turns,
    series,
)


def test_each_second_of_each_endpoint_and_of_all(make):
    down = make.World(
        endpoints=("a", "b"), bad=lambda t: np.where((t >= 20) & (t < 21), 1.0, 0.0), degraded=np.ones_like
    )
    found = {each.label: each for each in series(down.evidence())}
    assert list(found) == ["a", "b", "all"]
    every = found["all"]
    assert {
        len(getattr(every, name)) for name in ("arrivals", "errors", "degraded", "p50", "p95", "p99")
    } == {80}
    assert set(every.arrivals) == {50.0}
    assert (every.errors[19], every.errors[20], every.errors[21]) == (0.0, 1.0, 0.0)
    assert (every.degraded[19], every.degraded[20]) == (1.0, 0.0)
    assert every.p50[20] == 5.0


def test_a_second_without_samples_is_unknown_not_fine(make):
    gap = make.samples([0.5, 2.5])
    (one, _) = series(make.World(changes={"samples": {"checkout": gap}}).evidence())
    assert one.errors[:3] == (0.0, None, 0.0)
    assert one.p95[:3] == (0.02, None, 0.02)
    assert one.arrivals[:3] == (1.0, 0.0, 1.0)


def test_load_before_the_first_phase_is_not_shown(make):
    early = make.samples([-1.0, 0.5])
    (one, _) = series(make.World(changes={"samples": {"checkout": early}}).evidence())
    assert sum(one.arrivals) == 1


def test_an_endpoint_in_a_phase(make):
    half = make.samples(
        [20.0, 21.0, 22.0, 23.0], [0.1, 0.2, 0.001, 0.001], good=[True, True, False, False], cause="refused"
    )
    rows = endpoint_rows(make.World(changes={"samples": {"checkout": half}}).evidence())
    assert [each.phase for each in rows] == ["baseline", "fault", "recovery"]
    assert rows[1] == EndpointRow(
        endpoint="checkout",
        phase="fault",
        samples=4,
        good=2,
        degraded=0,
        p50=0.2,
        p95=None,
        p99=None,
        causes=(("refused", 2),),
    )
    assert rows[0].p50 is None


def test_what_an_injection_did(make):
    evidence = make.World().evidence()
    delayed = tuple(
        replace(a, identified_by="order", asked=0.1, waited=0.102 if a.t < 40 else 0.1)
        for a in evidence.attempts
    )
    (row,) = injection_rows(replace(evidence, attempts=delayed))
    assert (row.eligible, row.drawn, row.hits, row.share) == (1500, 1500, 1500, "100% of requests")
    assert row.identified_by == (("order", 1500),)
    assert row.delay_error == (pytest.approx(0.002), pytest.approx(0.002))
    assert (row.per_second[19], row.per_second[20], row.per_second[49], row.per_second[50]) == (0, 50, 50, 0)
    assert row.examples == ("GET /",)


def test_an_injection_that_did_nothing_has_a_row_too(make):
    (row,) = injection_rows(make.World(calls=np.zeros_like).evidence())
    assert (row.eligible, row.hits, row.delay_error, sum(row.per_second)) == (0, 0, None, 0)


def test_calls_to_each_provider_by_the_second(make):
    ((name, calls),) = provider_calls(make.World(calls=lambda t: np.where(t >= 20, 2, 1)).evidence())
    assert (name, calls[0], calls[20], len(calls)) == ("stripe", 50, 100, 80)


def test_connections_are_not_called_calls_and_what_they_carried_is_counted(make):
    opened = tuple(Attempt(t=0.5, provider="stripe", is_call=False, turns=100) for _ in range(4))
    carried = tuple(Carried(t=n / 4, until=n / 4 + 0.25, provider="stripe", turns=2) for n in range(-4, 340))
    injection = replace(make.BLACKHOLE, fault=Refuse())
    evidence = make.World(injections=(injection,)).evidence()
    calls = connections_to(evidence)
    evidence = replace(evidence, attempts=opened, carried=carried)
    ((_, counted),) = provider_calls(evidence)
    assert (counted[0], sum(counted)) == (4, 4)
    assert calls == ()
    assert connections_to(evidence) == ("stripe",)
    assert provider_turns(evidence) == (("stripe", (8,) * 80),)


def test_a_provider_that_is_read_and_never_called_has_no_calls_and_not_no_connections(make):
    evidence = make.World(
        injections=(replace(make.BLACKHOLE, fault=Error()),), calls=np.zeros_like
    ).evidence()
    assert connections_to(evidence) == ()
    assert provider_turns(evidence) == ()
