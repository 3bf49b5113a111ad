"""The provider sends no more, and reads on."""

import math

import pytest

from chaoskit.core.actions import Limit
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.half_close import HalfClose


@pytest.mark.parametrize(
    ("fault", "action"),
    [
        (HalfClose(bytes=100), Limit(how="half", bytes=100)),
        (HalfClose(bytes=0), Limit(how="half", bytes=0)),
        (HalfClose(time=2.0), Limit(how="half", seconds=2.0)),
    ],
    ids=str,
)
def test_the_providers_sending_side_is_closed_after_bytes_or_time(fault, action, told, answer):
    assert told(fault, answer(length=1)) == {"connect": action}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "half_close needs bytes or time, got neither"),
        ({"bytes": 1, "time": 1.0}, "half_close needs bytes or time, got both"),
        ({"bytes": -1}, "bytes must be 0B or more, got -1B"),
        ({"time": 0.0}, "time must be above 0s, got 0s"),
        ({"time": math.nan}, "time must be above 0s, got nans"),
    ],
)
def test_nonsense_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        HalfClose(**wrong)


def test_open_connections_are_taken_and_nothing_is_decrypted():
    assert HalfClose.seizes
    assert not acts_on_calls(HalfClose(time=1.0))
