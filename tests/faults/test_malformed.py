"""The provider's answer is not HTTP."""

import gzip
from dataclasses import replace

import pytest

from chaoskit.core.actions import Raw, Reply
from chaoskit.faults.malformed import GZIP, RAW, Malformed


@pytest.mark.parametrize(("phase", "where"), [("before", "call"), ("after", "answer")])
@pytest.mark.parametrize("how", list(RAW))
def test_the_bytes_take_the_place_of_the_answer(how, phase, where, told, answer):
    assert told(Malformed(how=how, phase=phase), answer(b"")) == {where: Raw(RAW[how])}


def test_a_gzip_body_cannot_be_unpacked(told, answer):
    action = told(Malformed(how="gzip"), answer(b""))["call"]
    assert isinstance(action, Reply)
    assert ("content-encoding", "gzip") in action.headers
    with pytest.raises(Exception, match="invalid block type"):
        gzip.decompress(GZIP)


def test_only_gzip_is_possible_over_http_2(call, dice):
    over = replace(call, is_http2=True)
    assert [bool(Malformed(how=how).on_call(over, dice)) for how in (*RAW, "gzip")] == [False] * 3 + [True]


def test_a_head_request_has_no_body_to_spoil(head, dice):
    hit = [how for how in (*RAW, "gzip") if Malformed(how=how).on_call(head, dice)]
    assert hit == ["status_line", "header"]
