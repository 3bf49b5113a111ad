"""The first event is late."""

import pytest

from chaoskit.core.actions import Wait
from chaoskit.core.call import Event
from chaoskit.core.distribution import Fixed, Uniform
from chaoskit.faults.first_event_delay import FirstEventDelay


def test_only_the_first_event_waits(told, answer, on_event):
    fault = FirstEventDelay(time=Fixed(2))
    assert told(fault, answer()) == {"event": Wait(2)}
    assert on_event(fault, Event(index=1, raw=b"x", data=b"x")) is None


def test_a_distribution_is_drawn_from(told, answer):
    wait = told(FirstEventDelay(time=Uniform(from_=1, to=2)), answer())["event"]
    assert 1 <= wait.seconds < 2


def test_a_time_below_zero_is_refused():
    with pytest.raises(ValueError, match="0s or more, got -1s"):
        FirstEventDelay(time=Fixed(-1))
