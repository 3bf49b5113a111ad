"""The end of a connection is late."""

import math

import pytest

from chaoskit.core.actions import Linger
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.slow_close import SlowClose


def test_the_end_of_a_connection_is_late(told, answer):
    assert told(SlowClose(time=3.0), answer(length=1)) == {"connect": Linger(3.0)}


@pytest.mark.parametrize("time", [0.0, -1.0, math.inf, math.nan])
def test_a_time_that_is_none_is_refused(time):
    with pytest.raises(ValueError, match=f"time must be above 0s, got {time:g}s"):
        SlowClose(time=time)


def test_open_connections_are_taken_and_nothing_is_decrypted():
    assert SlowClose.seizes
    assert not acts_on_calls(SlowClose(time=1.0))
