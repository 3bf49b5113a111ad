"""The provider answers with an error."""

import pytest

from chaoskit.core.actions import Reply
from chaoskit.faults.error import Error


def test_by_default_it_is_a_503_and_the_provider_is_not_contacted(call, answer, dice):
    assert Error().on_call(call, dice) == Reply(status=503)
    assert Error().on_answer(call, answer(b"ok"), dice) is None
    assert Error().layers() == {"call"}


def test_after_replaces_the_answer_of_a_provider_that_acted(call, answer, dice):
    fault = Error(status=500, phase="after")
    assert fault.on_call(call, dice) is None
    assert fault.on_answer(call, answer(b"charged"), dice) == Reply(status=500)
    assert fault.layers() == {"answer"}


def test_the_answer_is_what_the_file_says_with_a_type_that_fits_the_body(call, dice):
    fault = Error(status=402, headers=(("Retry-After", "3"),), body='{"error": "überlastet"}')
    assert fault.on_call(call, dice) == Reply(
        status=402,
        headers=(("Retry-After", "3"), ("content-type", "application/json")),
        body='{"error": "überlastet"}'.encode(),
    )


def test_a_type_that_the_file_gives_is_not_changed(call, dice):
    fault = Error(headers=(("Content-Type", "text/html"),), body="<h1>520</h1>")
    assert fault.on_call(call, dice).headers == (("Content-Type", "text/html"),)


def test_an_error_inside_a_success_is_allowed(call, dice):
    assert Error(status=200, body='{"ok": false}').on_call(call, dice).status == 200


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"status": 99}, "status must be 200 to 599, got 99"),
        ({"status": 204, "body": "x"}, "body must be empty"),
        ({"headers": (("a", "x\r\ny: z"),)}, "one line"),
    ],
)
def test_what_cannot_be_an_answer_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Error(**wrong)


def test_placeholders_are_filled_in_only_where_asked(call, dice):
    fault = Error(status=429, headers=(("x-id", "${hex:8}"),), body="at ${epoch}")
    assert fault.on_call(call, dice).headers[0] == ("x-id", "${hex:8}")
    filled = Error(status=429, headers=(("x-id", "${hex:8}"),), body="at ${epoch}", fill=True, wait=19.0)
    reply = filled.on_call(call, dice)
    assert len(reply.headers[0][1]) == 8
    assert (reply.body, reply.is_timed, reply.wait) == (b"at ${epoch}", True, 19.0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"like": "stripe/x", "status": 500}, "like says what is answered"),
        ({"wait": -1.0}, "wait must be 0s or more, got -1s"),
    ],
)
def test_like_stands_alone_and_no_wait_is_negative(wrong, says):
    with pytest.raises(ValueError, match=says):
        Error(**wrong)
