"""What is remembered of a provider's answers, and for how long."""

from dataclasses import replace

import pytest
from mitmproxy import http
from mitmproxy.proxy.layers.http._events import (
    ResponseData,
    ResponseEndOfMessage,
    ResponseHeaders,
    ResponseTrailers,
)

from chaoskit.core.call import Call
from chaoskit.proxy import answers
from chaoskit.proxy.answers import Answers, Tape, key_of

CALL = Call(
    identity="1",
    identified_by="order",
    provider="pay",
    host="a",
    method="GET",
    path="/x?a=1",
    headers=(("Authorization", "me"), ("x-request-id", "1")),
    client="c",
    connection="1",
)


def tape(call=CALL, body=b"ab", *, status=200, end=True, trailers=None):
    made = Tape(key_of(call))
    made.hear(ResponseHeaders(1, http.Response.make(status)))
    for at in range(0, len(body), 100_000):
        made.hear(ResponseData(1, body[at : at + 100_000]))
    if trailers:
        made.hear(ResponseTrailers(1, trailers))
    if end:
        made.hear(ResponseEndOfMessage(1))
    return made


def test_the_latest_whole_answer_is_found():
    kept = Answers()
    trailers = http.Headers([(b"a", b"b")])
    for each in (tape(body=b"old"), tape(body=b"new", trailers=trailers), tape(body=b"half", end=False)):
        kept.keep(each)
    found = kept.find(replace(CALL, headers=(("authorization", "me"),)))
    assert (found.body, found.trailers, len(kept)) == (b"new", trailers, 1)


@pytest.mark.parametrize(
    "other",
    [
        replace(CALL, path="/x?a=2"),
        replace(CALL, method="POST"),
        replace(CALL, host="b"),
        replace(CALL, provider="tax"),
        replace(CALL, headers=(("authorization", "somebody else"),)),
        replace(CALL, headers=()),
    ],
)
def test_nobody_gets_another_s_answer(other):
    kept = Answers()
    kept.keep(tape())
    assert kept.find(other) is None


@pytest.mark.parametrize("status", [101, 304, 404, 503])
def test_only_a_success_is_kept(status):
    assert tape(status=status).kept is None


def test_what_is_too_long_is_not_kept_and_not_held():
    long = tape(body=bytes(answers.LARGEST + 1))
    assert long.kept is None
    assert len(long._body) == 0
    assert tape(body=bytes(answers.LARGEST)).kept is not None


def test_the_memory_is_bounded_in_number_and_in_bytes():
    kept = Answers()
    for n in range(answers.MOST + 5):
        kept.keep(tape(replace(CALL, path=f"/{n}")))
    assert len(kept) == answers.MOST
    assert kept.find(replace(CALL, path="/4")) is None
    assert kept.find(replace(CALL, path="/5")) is not None
    for n in range(40):
        kept.keep(tape(replace(CALL, path=f"/large/{n}"), bytes(answers.LARGEST)))
    assert kept._size == sum(len(each.body) for each in kept._kept.values()) <= answers.ALL
    assert kept.find(replace(CALL, path="/large/39")) is not None
