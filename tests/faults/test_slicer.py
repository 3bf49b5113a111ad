"""One piece arrives as many."""

import math

import pytest

from chaoskit.core.actions import Slice
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.slicer import Slicer


def test_a_connection_is_sliced_as_the_file_says(told, answer, dice):
    fault = Slicer(size=100, spread=20, gap=0.5, direction="up")
    assert told(fault, answer(length=1)) == {"connect": Slice(100, 20, 0.5, dice, "up")}


def test_by_default_pieces_are_of_one_size_and_do_not_come_together_again(dice):
    assert Slicer(size=5).on_connect(None, dice) == Slice(5, 0, 0.01, dice, "both")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": 0}, "size must be 1B or more, got 0B"),
        ({"size": -3}, "size must be 1B or more, got -3B"),
        ({"size": 5, "spread": 5}, r"spread must be 0B or more and below size \(5B\), got 5B"),
        ({"size": 5, "spread": -1}, r"spread must be 0B or more and below size \(5B\), got -1B"),
        ({"size": 5, "gap": -0.1}, "gap must be 0s or more, got -0.1s"),
        ({"size": 5, "gap": math.nan}, "gap must be 0s or more, got nans"),
        ({"size": 5, "gap": math.inf}, "gap must be 0s or more, got infs"),
    ],
)
def test_nonsense_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Slicer(**wrong)


def test_open_connections_are_taken_and_nothing_is_decrypted():
    assert Slicer.seizes
    assert not acts_on_calls(Slicer(size=1))
