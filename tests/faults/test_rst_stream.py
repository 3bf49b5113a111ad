"""The provider resets the stream of a call over HTTP/2."""

from dataclasses import replace

import pytest

from chaoskit.core.actions import Close, Cut
from chaoskit.faults.rst_stream import RstStream


@pytest.fixture
def call(call):
    return replace(call, is_http2=True)


def test_by_default_the_provider_is_not_contacted(told, answer):
    assert told(RstStream(), answer(b"")) == {"call": Close(reset=True, code=2)}
    assert told(RstStream(code="REFUSED_STREAM"), answer(b"")) == {"call": Close(reset=True, code=7)}


def test_after_so_many_bytes_the_answer_ends(told, answer):
    fault = RstStream(code="CANCEL", after=5)
    assert told(fault, answer(length=6)) == {"answer": Cut(5, reset=True, code=8)}
    assert told(fault, answer()) == {"answer": Cut(5, reset=True, code=8)}


def test_an_answer_that_is_no_longer_and_http_1_are_no_hits(call, answer, dice):
    assert RstStream(after=5).on_answer(call, answer(length=5), dice) is None
    plain = replace(call, is_http2=False)
    assert RstStream(after=5).on_answer(plain, answer(length=9), dice) is None
    assert RstStream().on_call(plain, dice) is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"after": -1}, "after must be 0B or more, got -1B"),
        ({"after": 1, "code": "REFUSED_STREAM"}, "after cannot go with REFUSED_STREAM"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        RstStream(**wrong)
