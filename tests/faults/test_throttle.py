"""The line is slow."""

import pytest

from chaoskit.core.actions import Pace
from chaoskit.faults.throttle import Throttle


@pytest.mark.parametrize(
    ("direction", "up", "down"), [("both", True, True), ("up", True, False), ("down", False, True)]
)
def test_only_the_stated_direction_is_paced(direction, up, down, told, answer):
    fault = Throttle(rate=10_000.0, direction=direction)
    pace = Pace(10_000.0)
    expected = {layer: pace for layer, on in (("call", up), ("answer", down)) if on}
    assert told(fault, answer(length=1)) == expected


def test_by_default_both_directions_are_paced():
    assert Throttle(rate=1.0).layers() == {"call", "answer"}


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_passes_nothing_is_refused(rate):
    with pytest.raises(ValueError, match="rate must be above 0B/s"):
        Throttle(rate=rate)
