"""Faults of a stream of events, over SSE: what a client that reads it to its end gets of it."""

from functools import partial

from cells import CHAT, SSE, Row

chat = partial(Row, path=CHAT, contacted=True)
sse = partial(Row, path=SSE, contacted=True)

ROWS = [
    sse("first-event-delay", "{first_event_delay: {time: 400ms}}", "late"),
    sse("event-gap", "{event_gap: {time: 60ms}}", "late"),
    chat("missing-end", "missing_end", "short"),
    sse("duplicate-event", "duplicate_event", "damaged"),
    chat("malformed-event", "malformed_event", "damaged"),
    sse("malformed-event-framing", "{malformed_event: {how: framing}}", "damaged"),
    chat("error-event", "error_event", "damaged"),
    chat("finish-reason", "finish_reason", "damaged"),
    chat("tool-call-json", "tool_call_json", "damaged"),
]
