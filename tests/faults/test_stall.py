"""The answer stops arriving."""

import pytest

from chaoskit.core.actions import Emit
from chaoskit.core.actions import Stall as Silence
from chaoskit.core.call import Event
from chaoskit.faults.stall import Stall


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Stall(), Silence(0)),
        (Stall(after=0), Silence(0)),
        (Stall(after=500), Silence(500)),
        (Stall(chunks=3), Silence(3, chunks=True)),
    ],
    ids=str,
)
def test_what_arrives_before_the_silence_is_what_the_file_says(fault, expected, call, answer, dice):
    assert fault.layers() == {"answer"}
    assert fault.on_answer(call, answer(length=1000), dice) == expected
    assert fault.on_answer(call, answer(), dice) == expected  # a stream: nobody knows its length


@pytest.mark.parametrize(("length", "hit"), [(0, False), (500, False), (501, True)])
def test_an_answer_that_would_arrive_whole_is_not_a_hit(length, hit, call, answer, dice):
    assert (Stall(after=500).on_answer(call, answer(length=length), dice) is not None) == hit


@pytest.mark.parametrize("fault", [Stall(), Stall(chunks=1)], ids=str)
def test_an_answer_without_a_body_is_not_a_hit(fault, call, head, answer, dice):
    assert fault.on_answer(call, answer(length=0), dice) is None
    assert fault.on_answer(call, answer(status=204), dice) is None
    assert fault.on_answer(head, answer(length=1000), dice) is None


def test_silence_comes_in_the_place_of_the_event_after_those_that_arrive(call, answer, dice):
    fault = Stall(events=2)
    assert fault.layers() == {"event"}
    told = [fault.on_event(call, answer(), Event(index=i, raw=b"x", data=b"x"), dice) for i in range(4)]
    assert told == [None, None, Emit(pieces=(), then="silence"), None]
    assert fault.on_answer(call, answer(), dice) is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"after": 1, "chunks": 1}, "one of after, chunks and events, got after and chunks"),
        ({"events": 0}, "events must be 1 or more, got 0"),
        ({"after": -1}, "0B or more"),
        ({"chunks": 0}, "1 or more, got 0"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Stall(**wrong)
