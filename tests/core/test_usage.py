"""Tokens that answers state."""

import gzip
import json

import pytest

from ai_provider import STREAMS, WHOLE
from chaoskit.core.call import Answer
from chaoskit.core.usage import Meter


def head(kind, *more):
    return Answer(status=200, headers=(("content-type", kind), *more))


@pytest.mark.parametrize("path", [path for path in STREAMS if path != "/api/generate"])
@pytest.mark.parametrize("coding", [None, "gzip"])
def test_every_grammar_of_a_stream_is_counted_once(path, coding):
    kind, sent = STREAMS[path]
    body = b"".join(sent)
    answer = head(kind)
    if coding:
        body, answer = gzip.compress(body), head(kind, ("content-encoding", coding))
    for step in (1, 50, len(body)):
        meter = Meter(answer)
        used = sum(meter.feed(body[i : i + step]) for i in range(0, len(body), step))
        assert used + meter.end() == 12


def test_what_an_answer_has_cost_is_known_before_it_ends():
    kind, sent = STREAMS["/v1/messages"]
    meter = Meter(head(kind))
    assert [meter.feed(each) for each in sent] == [6, *[0] * 8, 6, 0]


def test_a_whole_answer_is_counted_with_its_last_byte():
    meter = Meter(head("application/json"))
    text = json.dumps(WHOLE).encode()
    assert (meter.feed(text[:50]), meter.feed(text[50:]), meter.end()) == (0, 12, 0)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (head("text/html"), b'{"usage": {"input_tokens": 1}}'),
        (head("application/json", ("content-encoding", "br")), b'{"usage": {"input_tokens": 1}}'),
        (head("application/json", ("content-encoding", "gzip")), b"not gzip at all"),
        (head("application/json"), b'{"usage": {"input_tokens": "many", "output_tokens": -1}}'),
        (head("application/json"), b"[" * 5000),
    ],
)
def test_what_cannot_be_read_costs_nothing(answer, body):
    meter = Meter(answer)
    assert (meter.feed(body), meter.feed(body), meter.end()) == (0, 0, 0)
