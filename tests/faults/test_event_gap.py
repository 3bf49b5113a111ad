"""Events come slowly."""

import pytest

from chaoskit.core.actions import Wait
from chaoskit.core.call import Event
from chaoskit.core.distribution import Fixed
from chaoskit.faults.event_gap import EventGap


@pytest.mark.parametrize("after", [1, 3])
def test_every_event_after_the_first_ones_waits(after, on_event):
    fault = EventGap(time=Fixed(0.5), after=after)
    assert fault.layers() == {"event"}
    events = [Event(index=i, raw=b"x", data=b"x") for i in range(6)]
    waits = [on_event(fault, each) for each in events]
    assert waits == [None] * after + [Wait(0.5)] * (6 - after)


def test_no_event_to_measure_from_is_refused():
    with pytest.raises(ValueError, match="after must be 1 or more, got 0"):
        EventGap(time=Fixed(1), after=0)
