"""The end never comes."""

import pytest

from ai_provider import CHAT, GEMINI, MESSAGES, OLLAMA, RESPONSES
from chaoskit.core.actions import Emit
from chaoskit.core.events import Splitter
from chaoskit.faults.missing_end import MissingEnd

LAST = Emit(pieces=(), then="end")


@pytest.mark.parametrize(
    ("stream", "framing", "end", "reason"),
    [
        (CHAT, "sse", 6, 4),
        (MESSAGES, "sse", 10, 9),
        (RESPONSES, "sse", 4, 4),
        (GEMINI, "sse", 2, 2),
        (OLLAMA, "ndjson", 2, 2),
    ],
)
def test_the_stream_ends_in_the_place_of_its_end(stream, framing, end, reason, on_event):
    events = Splitter(framing).feed(b"".join(stream))
    for fault, place in ((MissingEnd(), end), (MissingEnd(reason="missing"), reason)):
        assert fault.layers() == {"event"}
        told = [on_event(fault, each) for each in events]
        assert told.index(LAST) == place
        assert set(told[:place]) <= {None}


def test_a_stream_without_an_end_is_left_alone(on_event):
    events = Splitter("sse").feed(b"data: tick\n\n" * 3 + b'data: {"type": "tock"}\n\n')
    assert {on_event(MissingEnd(), each) for each in events} == {None}
