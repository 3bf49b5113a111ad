"""The provider reports an error inside a success."""

import pytest

from chaoskit.core.actions import Reply
from chaoskit.faults.wrong_success import WrongSuccess

SLACK = Reply(
    status=200,
    headers=(("content-type", "application/json"),),
    body=b'{"ok": false, "error": "internal_error"}',
)


def test_by_default_a_200_says_that_it_failed_and_the_provider_is_not_contacted(told, answer):
    assert told(WrongSuccess(), answer(b"ok")) == {"call": SLACK}


def test_after_takes_the_place_of_the_answer_of_a_provider_that_acted(told, answer):
    assert told(WrongSuccess(phase="after"), answer(b"charged")) == {"answer": SLACK}


def test_the_envelope_is_what_the_file_says(told, answer):
    fault = WrongSuccess(status=201, headers=(("x-a", "b"),), body="<error/>")
    assert told(fault, answer(b"")) == {
        "call": Reply(
            status=201,
            headers=(("x-a", "b"), ("content-type", "text/plain; charset=utf-8")),
            body=b"<error/>",
        )
    }


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"status": 500}, "status must be 200 to 299, got 500"),
        ({"status": 204}, "body must be empty with status 204"),
        ({"headers": (("a b", "c"),)}, "headers must have names"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        WrongSuccess(**wrong)
