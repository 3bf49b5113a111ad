"""The worst second of each provider."""

from dataclasses import replace

import numpy as np
import pytest

from chaoskit.core.result import PeakRow
from chaoskit.faults.error import Error
from chaoskit.slos.peaks import peaks


@pytest.fixture
def down(make):
    return replace(make.BLACKHOLE, fault=Error(), fault_name="error")


def test_the_herd_after_the_lift_is_found_with_its_time(make, down):
    herd = lambda t: np.where((t >= 51) & (t < 52), 6, np.where((t >= 20) & (t < 50), 2, 1))  # noqa: E731
    (found,) = peaks(make.World(injections=(down,), calls=herd).evidence())
    assert found == PeakRow(
        provider="stripe",
        second=51,
        phase="recovery",
        calls=300,
        usual=50.0,
        usual_most=50,
        after_lift=2.0,
    )
    assert found.factor == 6.0


def test_the_storm_under_the_fault_is_not_after_a_lift(make, down):
    storm = lambda t: np.where((t >= 30) & (t < 31), 4, 1)  # noqa: E731
    (found,) = peaks(make.World(injections=(down,), calls=storm).evidence())
    assert (found.second, found.phase, found.factor, found.after_lift) == (30, "fault", 4.0, None)


def test_a_second_before_any_fault_is_no_peak_and_counts_as_usual(make, down):
    early = lambda t: np.where(t < 1, 9, 1)  # noqa: E731
    (found,) = peaks(make.World(injections=(down,), calls=early).evidence())
    assert (found.calls, found.usual, found.usual_most) == (50, 70.0, 450)


def test_without_a_fault_or_without_calls_on_both_sides_there_is_none(make, down):
    assert peaks(make.World(injections=()).evidence()) == ()
    for quiet in (lambda t: np.where(t < 20, 0, 1), lambda t: np.where(t < 20, 1, 0)):
        assert peaks(make.World(injections=(down,), calls=quiet).evidence()) == ()
