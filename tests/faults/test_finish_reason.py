"""Another reason."""

import pytest

from ai_provider import CHAT, GEMINI, MESSAGES, OLLAMA, RESPONSES
from chaoskit.core.events import Splitter
from chaoskit.faults.finish_reason import FinishReason


def changed(fault, stream, framing, on_event):
    events = Splitter(framing).feed(b"".join(stream))
    told = [on_event(fault, each) for each in events]
    return [Splitter(framing).feed(each.pieces[0])[0] for each in told if each is not None]


@pytest.mark.parametrize(
    ("stream", "reason", "says"),
    [
        (CHAT, "length", '"finish_reason":"length"'),
        (CHAT, "content_filter", '"finish_reason":"content_filter"'),
        (CHAT, "tool_calls", '"finish_reason":"tool_calls"'),
        (MESSAGES, "length", '"stop_reason":"max_tokens"'),
        (MESSAGES, "content_filter", '"stop_reason":"refusal"'),
        (GEMINI, "length", '"finishReason":"MAX_TOKENS"'),
        (RESPONSES, "length", '"incomplete_details":{"reason":"max_output_tokens"}'),
    ],
)
def test_the_reason_is_the_providers_own_word(stream, reason, says, on_event):
    (event,) = changed(FinishReason(reason=reason), stream, "sse", on_event)
    assert says in event.data.decode()
    assert event.name in (None, "message_delta", "response.incomplete")


@pytest.mark.parametrize(
    ("stream", "framing", "reason"),
    [
        (CHAT, "sse", "stop"),  # it says so already
        (GEMINI, "sse", "tool_calls"),  # there is no such word
        (RESPONSES, "sse", "stop"),
        (OLLAMA, "ndjson", "length"),
        ([b"data: x\n\n"], "sse", "length"),
    ],
)
def test_a_stream_that_cannot_say_it_is_left_alone(stream, framing, reason, on_event):
    assert changed(FinishReason(reason=reason), stream, framing, on_event) == []


def test_it_acts_on_events():
    assert FinishReason().layers() == {"event"}
