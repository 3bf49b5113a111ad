"""An error after 200."""

import json
from dataclasses import replace

import pytest

from ai_provider import CHAT, GEMINI, GEMINI_ARRAY, MESSAGES, RESPONSES
from chaoskit.core.events import Splitter
from chaoskit.faults.error_event import ErrorEvent


@pytest.mark.parametrize(
    ("stream", "framing", "name", "says"),
    [
        (CHAT, "sse", None, "server_error"),
        (RESPONSES, "sse", "error", "server_error"),
        (MESSAGES, "sse", "error", "overloaded_error"),
        (GEMINI, "sse", None, "UNAVAILABLE"),
        (GEMINI_ARRAY, "array", None, "UNAVAILABLE"),
    ],
)
def test_the_error_is_in_the_providers_own_grammar(stream, framing, name, says, on_event):
    events = [e for e in Splitter(framing).feed(b"".join(stream)) if not isinstance(e, bytes)]
    told = [on_event(ErrorEvent(after=2), each) for each in events]
    assert [each is not None for each in told] == [i == 2 for i in range(len(events))]
    assert told[2].then == "end"
    (raw,) = told[2].pieces
    assert says in raw.decode()
    if framing == "sse":
        (event,) = Splitter("sse").feed(raw)
        assert event.name == name
        json.loads(event.data)
    else:
        json.loads(raw.lstrip(b", \r\n"))


def test_the_calls_path_tells_where_the_event_does_not(call, answer, dice, on_event):
    (event,) = Splitter("sse").feed(b"data: [DONE]\n\n")
    fault = ErrorEvent(after=1)
    event = replace(event, index=1)
    assert on_event(fault, event) is None
    chat = replace(call, path="/openai/chat/completions?api-version=1")
    assert fault.on_event(chat, answer(), event, dice).pieces[0].startswith(b'data: {"error":{')


def test_an_error_of_ones_own(on_event):
    (event,) = Splitter("sse").feed(b"event: x\nid: 7\ndata: y\n\n")
    fault = ErrorEvent(data="gone", name="bad")
    assert fault.layers() == {"event"}
    told = on_event(fault, replace(event, index=1))
    assert told.pieces == (b"id: 7\nevent: bad\ndata: gone\n\n",)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"after": 0}, "1 or more, got 0"),
        ({"name": "x"}, "name needs data beside it"),
        ({"data": "a\nb"}, "one line"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        ErrorEvent(**wrong)
