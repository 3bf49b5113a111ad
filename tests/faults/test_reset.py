"""A connection is reset."""

import pytest

from chaoskit.core.actions import Close, Limit
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.reset import Reset


@pytest.mark.parametrize(
    ("fault", "action"),
    [
        (Reset(), Close(reset=True)),
        (Reset(at="accept"), Close(reset=True)),
        (Reset(at="answer"), Limit(how="rst", bytes=0)),
        (Reset(after=100), Limit(how="rst", bytes=100)),
    ],
    ids=str,
)
def test_the_reset_comes_where_the_file_says(fault, action, told, answer):
    assert told(fault, answer(length=1)) == {"connect": action}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"at": "answer", "after": 1}, "reset takes at or after, got both"),
        ({"after": 0}, "after must be 1B or more, got 0B; for none, say at: answer"),
        ({"after": -1}, "after must be 1B or more, got -1B"),
    ],
)
def test_nonsense_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Reset(**wrong)


def test_open_connections_are_taken_and_nothing_is_decrypted():
    assert Reset.seizes
    assert not acts_on_calls(Reset())
