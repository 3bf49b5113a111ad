"""A connection ends after so long."""

import math

import pytest

from chaoskit.core.actions import Limit
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.limit_time import LimitTime


@pytest.mark.parametrize("how", ["fin", "rst", "silence"])
def test_a_connection_ends_when_its_time_is_up(how, told, answer):
    assert told(LimitTime(time=2.0, how=how), answer(length=1)) == {"connect": Limit(how=how, seconds=2.0)}


def test_by_default_the_end_is_orderly():
    assert LimitTime(time=2.0).how == "fin"


@pytest.mark.parametrize("time", [0.0, -1.0, math.inf, math.nan])
def test_a_time_that_is_none_is_refused(time):
    with pytest.raises(ValueError, match=f"time must be above 0s, got {time:g}s"):
        LimitTime(time=time)


def test_open_connections_are_taken_and_nothing_is_decrypted():
    assert LimitTime.seizes
    assert not acts_on_calls(LimitTime(time=1.0))
