"""A connection ends after so many bytes."""

import pytest

from chaoskit.core.actions import Limit
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.limit_data import LimitData


@pytest.mark.parametrize("how", ["fin", "rst", "silence"])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_connection_ends_after_so_many_bytes_as_the_file_says(how, direction, told, answer):
    fault = LimitData(bytes=10, how=how, direction=direction)
    assert told(fault, answer(length=1)) == {"connect": Limit(how=how, bytes=10, direction=direction)}


def test_by_default_the_providers_bytes_count_and_the_end_is_orderly(dice):
    assert LimitData(bytes=0).on_connect(None, dice) == Limit(how="fin", bytes=0, direction="down")


def test_fewer_bytes_than_none_are_refused():
    with pytest.raises(ValueError, match="bytes must be 0B or more, got -1B"):
        LimitData(bytes=-1)


def test_open_connections_are_taken_and_nothing_is_decrypted():
    assert LimitData.seizes
    assert not acts_on_calls(LimitData(bytes=1))
