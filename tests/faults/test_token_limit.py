"""A quota of tokens."""

import json
from dataclasses import replace

import pytest

from chaoskit.faults.token_limit import TokenLimit

FRESH = (0.0,) * 7


def test_calls_are_let_through_until_the_tokens_are_spent_and_again_in_the_next_window(call):
    fault = TokenLimit(tokens=100, window=60)
    state, action = fault.step(FRESH, call, 5)
    assert action is None
    state = fault.settle(state, call, 99, 6)
    state, action = fault.step(state, call, 7)
    assert action is None
    state = fault.settle(state, call, 50, 8)
    state, action = fault.step(state, call, 20)
    assert action.status == 429
    assert ("retry-after", "45") in action.headers
    state, action = fault.step(state, call, 65)
    assert action is None
    assert state == (1, 0, 65)


def test_calls_are_counted_too_and_those_that_are_turned_away_are_not(call):
    fault = TokenLimit(calls=2, window=10)
    state, told = FRESH, []
    for now in (0, 1, 2, 3, 10):
        state, action = fault.step(state, call, now)
        told.append(action is None)
    assert told == [True, True, False, False, True]


def test_what_is_spent_after_the_window_counts_in_the_next(call):
    fault = TokenLimit(tokens=10, window=10)
    state, _ = fault.step(FRESH, call, 0)
    state = fault.settle(state, call, 10, 12)
    assert fault.step(state, call, 13)[1].status == 429


@pytest.mark.parametrize(
    ("path", "like", "body"),
    [
        ("/v1/chat/completions", "path", {"error": {"type": "tokens", "code": "rate_limit_exceeded"}}),
        ("/anything", "path", {"error": {"type": "tokens"}}),
        ("/v1/messages", "path", {"type": "error", "error": {"type": "rate_limit_error"}}),
        ("/m:streamGenerateContent?alt=sse", "path", {"error": {"status": "RESOURCE_EXHAUSTED"}}),
        ("/v1/messages", "openai", {"error": {"code": "rate_limit_exceeded"}}),
    ],
)
def test_the_refusal_has_the_providers_shape(path, like, body, call):
    fault = TokenLimit(tokens=1, like=like)
    asked = replace(call, path=path)
    told = json.loads(fault.step((1.0, 5.0, 0.0), asked, 1)[1].body)
    for key, value in body.items():
        assert told[key] == value or value.items() <= told[key].items()


def test_it_acts_on_calls(call):
    assert TokenLimit(tokens=1).layers() == {"call"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({}, "tokens or calls, got neither"),
        ({"tokens": 0}, "tokens must be 1 or more, got 0"),
        ({"calls": 0}, "calls must be 1 or more, got 0"),
        ({"calls": 1, "window": 0}, "above 0s, got 0s"),
        ({"calls": 1, "window": float("inf")}, "got infs"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        TokenLimit(**wrong)
