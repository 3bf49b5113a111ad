"""Streams are split into events, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_provider import GEMINI_ARRAY, STREAMS
from chaoskit.core import events
from chaoskit.core.call import Answer, Event
from chaoskit.core.events import Splitter, framing_of, is_stream, with_data

LIKELY = st.lists(
    st.sampled_from(
        [
            b"\n",
            b"\r",
            b"\r\n",
            b"data: ",
            b"data",
            b":",
            b"event: x",
            b"[",
            b"]",
            b"{",
            b"}",
            b",",
            b'"',
            b"\\",
        ]
    )
    | st.binary(max_size=4),
    max_size=60,
).map(b"".join)


def split(framing, body, cuts=()):
    splitter = Splitter(framing)
    pieces, start = [], 0
    for cut in (*sorted(cuts), len(body)):
        pieces += splitter.feed(body[start:cut])
        start = cut
    return [*pieces, *splitter.end()]


def raw(pieces):
    return b"".join(each.raw if isinstance(each, Event) else each for each in pieces)


@given(st.sampled_from(["sse", "ndjson", "array"]), LIKELY, st.lists(st.integers(0, 200), max_size=8))
def test_everything_comes_out_in_order_and_the_same_events_however_it_is_cut(framing, body, cuts):
    cuts = [min(cut, len(body)) for cut in cuts]
    pieces = split(framing, body, cuts)
    assert raw(pieces) == body
    whole = split(framing, body)
    assert [e for e in pieces if isinstance(e, Event)] == [e for e in whole if isinstance(e, Event)]


@pytest.mark.parametrize("path", STREAMS)
def test_every_grammar_has_its_events_and_one_end(path):
    kind, sent = STREAMS[path]
    framing = framing_of(Answer(status=200, headers=(("content-type", kind),)))
    body = b"".join(sent)
    for step in (1, 7, len(body)):
        found = [e for e in split(framing, body, range(0, len(body), step)) if isinstance(e, Event)]
        assert len(found) == len(sent) - (sent is GEMINI_ARRAY)
        assert [each.index for each in found] == list(range(len(found)))
        assert [each.is_end for each in found] == [False] * (len(found) - 1) + [True]


def test_an_event_is_out_with_its_last_byte():
    splitter = Splitter("sse")
    assert splitter.feed(b"data: 1\n") == []
    (event,) = splitter.feed(b"\n")
    assert (event.data, event.raw) == (b"1", b"data: 1\n\n")


def test_comments_pass_at_once_and_are_no_events():
    assert Splitter("sse").feed(b": keep-alive\n\n") == [b": keep-alive\n\n"]


def test_sse_is_read_as_its_standard_says():
    (event,) = Splitter("sse").feed(b"\xef\xbb\xbfevent:x\ndata: a\ndata:b\nid: 1\nretry\n\n")
    assert (event.name, event.data) == ("x", b"a\nb")


def test_a_json_document_is_no_stream():
    assert split("array", b' {"a": [{"b": 1}]}', (1, 3)) == [b' {"', b'a": [{"b": 1}]}']


def test_a_huge_event_passes_unread(monkeypatch):
    monkeypatch.setattr(events, "LARGEST", 10)
    splitter = Splitter("sse")
    assert splitter.feed(b"data: 123456") == [b"data: 123456"]
    assert splitter.is_lost
    assert splitter.feed(b"\n\n") == [b"\n\n"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("content-type", "text/event-stream; charset=utf-8")], True),
        ([("Content-Type", "application/x-ndjson"), ("content-encoding", "identity")], True),
        ([("content-type", "text/event-stream"), ("content-encoding", "gzip")], False),
        ([("content-type", "application/json"), ("content-length", "12")], False),
        ([("content-type", "text/html")], False),
        ([], False),
    ],
)
def test_what_is_a_stream(headers, expected):
    assert is_stream(Answer(status=200, headers=tuple(headers))) == expected


def test_other_data_keeps_the_rest_of_an_event():
    (event,) = Splitter("sse").feed(b"event: a\r\nid: 1\r\ndata: x\r\ndata: y\r\n\r\n")
    assert with_data(event, b"z") == b"id: 1\r\nevent: a\r\ndata: z\r\n\r\n"
    assert with_data(event, b"z", "") == b"id: 1\r\ndata: z\r\n\r\n"
