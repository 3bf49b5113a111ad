"""Arguments that do not parse."""

import json

import pytest

from ai_provider import CHAT, GEMINI, MESSAGES, RESPONSES
from chaoskit.core.events import Splitter
from chaoskit.faults.tool_call_json import ToolCallJson


def struck(stream, on_event):
    out = []
    for event in Splitter("sse").feed(b"".join(stream)):
        action = on_event(ToolCallJson(), event)
        out.append((action is not None, action.pieces[0] if action else event.raw))
    return out


@pytest.mark.parametrize(("stream", "count"), [(CHAT, 1), (MESSAGES, 1), (RESPONSES, 2)])
def test_only_the_arguments_change_and_they_never_parse(stream, count, on_event):
    out = struck(stream, on_event)
    assert sum(hit for hit, _ in out) == count
    for (_, raw), before in zip(out, Splitter("sse").feed(b"".join(stream)), strict=True):
        (event,) = Splitter("sse").feed(raw)
        assert event.name == before.name
        if event.data != b"[DONE]":
            json.loads(event.data)  # the event itself stays good
    pieces = {
        id(CHAT): lambda d: d["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"],
        id(MESSAGES): lambda d: d["delta"]["partial_json"],
        id(RESPONSES): lambda d: d["arguments"],
    }[id(stream)]
    text = ""
    for _, raw in out:
        try:
            text += pieces(json.loads(Splitter("sse").feed(raw)[0].data))
        except (KeyError, IndexError, ValueError):
            continue
    assert text.replace(" ", "") == '{"a":1'


@pytest.mark.parametrize("stream", [GEMINI, [b'data: {"arguments": "{}"}\n\n']])
def test_what_has_no_arguments_as_text_is_left_alone(stream, on_event):
    assert not any(hit for hit, _ in struck(stream, on_event))


def test_it_acts_on_events():
    assert ToolCallJson().layers() == {"event"}
