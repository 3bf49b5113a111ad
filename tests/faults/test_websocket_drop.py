"""Messages that vanish."""

import pytest

from chaoskit.core.actions import Repeat
from chaoskit.core.call import Message
from chaoskit.core.dice import Dice
from chaoskit.faults.websocket_drop import WebsocketDrop


def ask(fault, call, direction="down", kind="text", identity="c"):
    message = Message(index=0, direction=direction, kind=kind, size=1)
    return fault.on_message(call, message, Dice(7, "i", identity))


def test_messages_are_struck_and_control_frames_are_not(call):
    fault = WebsocketDrop()
    assert fault.layers() == {"message"}
    assert ask(fault, call) == ask(fault, call, "up", "binary") == Repeat(0)
    assert [ask(fault, call, kind=kind) for kind in ("ping", "pong", "close")] == [None] * 3
    assert ask(WebsocketDrop(direction="up"), call) is None


def test_a_share_is_drawn_for_each(call):
    fault = WebsocketDrop(share=0.3)
    struck = sum(ask(fault, call, identity=str(i)) is not None for i in range(1000))
    assert 230 < struck < 370


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"share": 0}, "above 0% and at most 100%, got 0%"),
        ({"share": 1.1}, "got 110%"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        WebsocketDrop(**wrong)
