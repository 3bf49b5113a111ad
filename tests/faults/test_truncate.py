"""The answer ends early and looks whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.actions import Rewrite
from chaoskit.core.call import Answer
from chaoskit.core.dice import Dice
from chaoskit.faults.truncate import Truncate


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        (Truncate(keep=0.5), b"0123456789"[:5]),
        (Truncate(keep=0.0), b""),
        (Truncate(keep=0.3), b"012"),
        (Truncate(keep_bytes=4), b"0123"),
        (Truncate(keep_bytes=0), b""),
    ],
    ids=str,
)
def test_what_is_left_is_the_beginning_with_a_length_that_is_right(fault, left, call, answer, dice):
    whole = answer(b"0123456789", ("x-kept", "yes"))
    assert fault.on_answer(call, whole, dice) == Rewrite(headers=whole.headers, body=left, keep_length=False)


@given(st.floats(0, 1, exclude_max=True), st.binary(max_size=300))
def test_a_share_keeps_that_share_to_the_byte_below(keep, body):
    fault = Truncate(keep=keep)
    action = fault.on_answer(None, Answer(status=200, headers=(), body=body), Dice(0, "i", "c"))
    if action is None:
        assert len(body) * keep > len(body) - 1e-5
    else:
        assert body.startswith(action.body)
        assert len(body) * keep - 1 <= len(action.body) <= len(body) * keep + 1e-5


def test_a_share_that_floats_cannot_hold_exactly_still_counts_right(call, answer, dice):
    # 0.29 * 100 is 28.999999999999996
    assert len(Truncate(keep=0.29).on_answer(call, answer(bytes(100)), dice).body) == 29


@pytest.mark.parametrize("body", [b"", b"0123", b"01"])
def test_an_answer_that_is_no_longer_is_not_a_hit(body, call, answer, dice):
    assert Truncate(keep_bytes=4).on_answer(call, answer(body), dice) is None


def test_it_asks_for_the_body():
    assert Truncate.reads_answer
    assert Truncate(keep=0.5).layers() == {"answer"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({}, "keep or keep_bytes, got neither"),
        ({"keep": 0.5, "keep_bytes": 1}, "got both"),
        ({"keep": 1.0}, "0% to below 100%, got 1 of the whole"),
        ({"keep": -0.1}, "0% to below 100%"),
        ({"keep_bytes": -1}, "0B or more"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Truncate(**wrong)
