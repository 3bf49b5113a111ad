"""The answer's headers are gone, wrong or too large."""

import pytest

from chaoskit.core.actions import Rewrite
from chaoskit.faults.headers import FRAMING, Headers

GIVEN = (("Retry-After", "1"), ("X-Keep", "a"), ("x-keep", "b"))


def headers_after(told, answer, fault):
    action = told(fault, answer(None, *GIVEN))["answer"]
    assert action == Rewrite(headers=action.headers, body=None)
    return action.headers


def test_headers_are_removed_in_any_case(told, answer):
    assert headers_after(told, answer, Headers(remove=("retry-after", "x-none"))) == GIVEN[1:]


def test_a_header_takes_the_place_of_those_of_its_name(told, answer):
    assert headers_after(told, answer, Headers(set=(("x-keep", "c"),))) == (GIVEN[0], ("x-keep", "c"))


def test_a_header_of_so_many_bytes_is_added(told, answer):
    assert headers_after(told, answer, Headers(oversize=5)) == (*GIVEN, ("x-filler", "xxxxx"))


@pytest.mark.parametrize("fault", [Headers(remove=("x-none",)), Headers(set=(("retry-after", "1"),))])
def test_what_changes_nothing_is_no_hit(fault, call, answer, dice):
    assert fault.on_answer(call, answer(None, *GIVEN), dice) is None


@pytest.mark.parametrize("name", FRAMING)
def test_how_the_body_is_sent_is_left_alone(name):
    with pytest.raises(ValueError, match="remove cannot be about how the body is sent"):
        Headers(remove=(name.title(),))
    with pytest.raises(ValueError, match="set cannot be about how the body is sent"):
        Headers(set=((name, "1"),))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({}, "headers needs remove, set or oversize; got none"),
        ({"remove": ("a b",)}, "remove must have names of headers, got 'a b'"),
        ({"set": (("a", "b\r\nc"),)}, "set must each be one line"),
        ({"oversize": 0}, "oversize must be 1B to 1MB, got 0B"),
        ({"oversize": 1_000_001}, "got 1000001B"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Headers(**wrong)
