"""An event comes more than once."""

import pytest

from chaoskit.core.actions import Emit
from chaoskit.core.events import Splitter
from chaoskit.faults.duplicate_event import DuplicateEvent


@pytest.mark.parametrize(
    ("framing", "body", "pieces"),
    [
        ("sse", b"data: 1\n\ndata: 2\n\n", (b"data: 2\n\n",) * 2),
        ("ndjson", b"1\n2\n", (b"2\n",) * 2),
        ("ndjson", b"1\n2", (b"2", b"\n2")),
        ("array", b'[{"a": 1}, {"a": 2}]', (b', {"a": 2}', b',{"a": 2}')),
    ],
)
def test_the_same_bytes_come_again_in_every_framing(framing, body, pieces, on_event):
    splitter = Splitter(framing)
    events = [each for each in (*splitter.feed(body), *splitter.end()) if not isinstance(each, bytes)]
    told = [on_event(DuplicateEvent(), each) for each in events]
    assert told == [None, Emit(pieces=pieces)]


def test_it_acts_on_events(told, answer):
    assert set(told(DuplicateEvent(nth=1, times=5), answer())) == {"event"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"nth": 0}, "nth must be 1 or more, got 0"),
        ({"times": 1}, "2 to 100, got 1"),
        ({"times": 101}, "got 101"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        DuplicateEvent(**wrong)
