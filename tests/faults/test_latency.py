"""Everything on a connection is late."""

import pytest

from chaoskit.core.actions import Lag
from chaoskit.core.distribution import Fixed, Uniform
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.latency import Latency


@pytest.mark.parametrize("direction", ["both", "up", "down"])
@pytest.mark.parametrize("time", [Fixed(0.3), Uniform(from_=0.1, to=0.2)], ids=str)
def test_what_a_connection_carries_is_late_by_a_time_drawn_for_each_piece(
    time, direction, told, answer, dice
):
    fault = Latency(time=time, direction=direction)
    assert told(fault, answer(length=1)) == {"connect": Lag(time, dice, direction)}


def test_both_directions_are_late_unless_one_is_named():
    assert Latency(time=Fixed(1.0)).direction == "both"


def test_open_connections_are_taken_and_nothing_is_decrypted():
    assert Latency.seizes
    assert not acts_on_calls(Latency(time=Fixed(1.0)))
