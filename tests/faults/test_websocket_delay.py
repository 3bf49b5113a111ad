"""Messages are late."""

from chaoskit.core.actions import Wait
from chaoskit.core.call import Message
from chaoskit.core.distribution import Fixed
from chaoskit.faults.websocket_delay import WebsocketDelay

UP = Message(index=0, direction="up", kind="ping", size=0)


def test_messages_and_control_frames_wait(told, answer, call, dice):
    assert told(WebsocketDelay(time=Fixed(2)), answer()) == {"message": Wait(2)}
    assert WebsocketDelay(time=Fixed(2)).on_message(call, UP, dice) == Wait(2)
    assert WebsocketDelay(time=Fixed(2), direction="down").on_message(call, UP, dice) is None
