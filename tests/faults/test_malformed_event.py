"""One event is broken."""

import json

import pytest

from chaoskit.core.events import Splitter
from chaoskit.faults.malformed_event import MalformedEvent

SSE = b'event: a\ndata: {"type":"x"}\n\ndata: {"b":2}\n\ndata: [DONE]\n\n'


def struck(fault, framing, body, on_event):
    """Return the whole body as the fault leaves it."""
    splitter = Splitter(framing)
    out = b""
    for each in (*splitter.feed(body), *splitter.end()):
        action = None if isinstance(each, bytes) else on_event(fault, each)
        raw = each if isinstance(each, bytes) else each.raw
        out += b"".join(action.pieces) if action else raw
    return out


def test_json_is_cut_and_its_event_is_still_an_event(on_event):
    body = struck(MalformedEvent(nth=1), "sse", SSE, on_event)
    first, second, _ = Splitter("sse").feed(body)
    assert first.name == "a"
    assert second.data == b'{"b":2}'
    with pytest.raises(json.JSONDecodeError):
        json.loads(first.data)


@pytest.mark.parametrize(
    ("framing", "body", "left"),
    [
        ("sse", SSE, b'event: a\ndata: {"type":"x"}\n\ndata: {"b":2}\ndata: [DONE]\n\n'),
        ("ndjson", b'{"a":1}\n{"b":2}\n{"c":3}\n', b'{"a":1}\n{"b":2}{"c":3}\n'),
        ("array", b'[{"a":1},\r\n{"b":2}]', b'[{"a":1}{"b":2}]'),
    ],
)
def test_two_events_run_into_each_other(framing, body, left, on_event):
    assert struck(MalformedEvent(how="framing"), framing, body, on_event) == left


def test_what_is_no_json_is_left_alone(on_event):
    assert struck(MalformedEvent(nth=3), "sse", SSE, on_event) == SSE


def test_it_acts_on_events(told, answer):
    assert set(told(MalformedEvent(nth=1), answer())) == {"event"}


def test_an_event_before_the_first_is_refused():
    with pytest.raises(ValueError, match="nth must be 1 or more, got 0"):
        MalformedEvent(nth=0)
