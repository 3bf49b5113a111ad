"""The line is narrow."""

import pytest

from chaoskit.core.actions import Pace
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.bandwidth import Bandwidth


@pytest.mark.parametrize("direction", ["both", "up", "down"])
def test_a_connection_is_paced_in_the_stated_direction(direction, told, answer):
    fault = Bandwidth(rate=5000.0, direction=direction)
    assert told(fault, answer(length=1)) == {"connect": Pace(5000.0, direction)}


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_passes_nothing_is_refused(rate):
    with pytest.raises(ValueError, match="rate must be above 0B/s, got"):
        Bandwidth(rate=rate)


def test_open_connections_are_taken_and_nothing_is_decrypted():
    assert Bandwidth.seizes
    assert not acts_on_calls(Bandwidth(rate=1.0))
