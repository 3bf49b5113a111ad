"""A close frame."""

import pytest

from chaoskit.core.actions import CloseFrame
from chaoskit.core.call import Message
from chaoskit.faults.websocket_close import WebsocketClose


def test_it_comes_in_the_place_of_a_message(call, dice):
    fault = WebsocketClose(code=1012, reason="bye", after=2, direction="down")
    assert fault.layers() == {"message"}

    def ask(index, direction="down", kind="text"):
        return fault.on_message(call, Message(index=index, direction=direction, kind=kind, size=1), dice)

    assert ask(2) == CloseFrame(1012, "bye")
    assert [ask(1), ask(2, "up"), ask(2, kind="ping")] == [None] * 3


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"code": 1005}, "code must be 1000 to 1014"),
        ({"code": 999}, "got 999"),
        ({"code": 5000}, "got 5000"),
        ({"reason": "é" * 62}, "at most 123 bytes, got 124"),
        ({"after": -1}, "0 or more, got -1"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        WebsocketClose(**wrong)
