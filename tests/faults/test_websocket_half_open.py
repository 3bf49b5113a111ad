"""Open and dead."""

import pytest

from chaoskit.core.actions import Hold
from chaoskit.core.call import Message
from chaoskit.faults.websocket_half_open import WebsocketHalfOpen


def test_everything_stops_after_some_messages(told, answer, call, dice):
    assert told(WebsocketHalfOpen(), answer()) == {"message": Hold()}
    fault = WebsocketHalfOpen(after=2, direction="down")

    def ask(index, direction, kind):
        return fault.on_message(call, Message(index=index, direction=direction, kind=kind, size=1), dice)

    assert ask(2, "down", "pong") == ask(2, "down", "text") == Hold()
    assert [ask(1, "down", "text"), ask(2, "up", "text")] == [None] * 2


def test_fewer_than_no_messages_is_refused():
    with pytest.raises(ValueError, match="after must be 0 or more, got -1"):
        WebsocketHalfOpen(after=-1)
