"""The provider turns good credentials away."""

from dataclasses import replace

import pytest

from chaoskit.core.actions import Reply
from chaoskit.faults.false_auth import CREDENTIALS, FalseAuth


@pytest.fixture
def call(call):
    return replace(call, headers=(("Authorization", "Bearer good"),))


def test_a_good_token_is_said_to_be_bad(told, answer):
    fault = FalseAuth(body="{}")
    assert told(fault, answer(b"")) == {
        "call": Reply(
            status=401,
            headers=(
                ("www-authenticate", 'Bearer error="invalid_token"'),
                ("content-type", "application/json"),
            ),
            body=b"{}",
        )
    }


def test_a_403_says_what_is_missing_unless_the_file_says_otherwise(call, dice):
    assert FalseAuth(status=403).on_call(call, dice).headers[0][1] == 'Bearer error="insufficient_scope"'
    assert FalseAuth(challenge="Basic").on_call(call, dice).headers[0][1] == "Basic"
    assert FalseAuth(challenge="", body="").on_call(call, dice) == Reply(status=401)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_every_header_that_carries_credentials_counts(name, call, dice):
    assert FalseAuth().on_call(replace(call, headers=((name.title(), "x"),)), dice)


def test_a_call_without_credentials_is_no_hit(call, dice):
    assert FalseAuth().on_call(replace(call, headers=(("x-request-id", "1"),)), dice) is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"status": 402}, "status must be 401 or 403, got 402"),
        ({"challenge": "a\nb"}, "challenge must be one line of ASCII text"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        FalseAuth(**wrong)
