"""Rates from totals."""

import pytest

from chaoskit.core.guard import Counted
from chaoskit.run.meter import Meter


def test_rates_are_over_the_last_second() -> None:
    meter = Meter()
    shown = [meter.show(i * 0.25, i * 10, Counted(i * 10, i * 10)) for i in range(8)]
    shown += [meter.show(2.0 + i * 0.25, 80 + i * 10, Counted(80 + i * 10, 70)) for i in range(8)]

    assert shown[0] == (0.0, None)
    assert shown[7] == (pytest.approx(40), 0.0)
    assert shown[-1] == (pytest.approx(40), 1.0)


def test_nothing_finished_is_not_an_error_rate() -> None:
    meter = Meter()
    meter.show(0.0, 0, Counted(0, 0))

    assert meter.show(1.0, 50, Counted(0, 0)) == (50.0, None)
