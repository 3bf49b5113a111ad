"""How long iterations take, of what, and how many users that needs."""

import pytest

from chaoskit.load.occupation import Occupation


def test_time_in_a_request_is_waiting_and_the_rest_of_an_iteration_is_thinking() -> None:
    occupation = Occupation(100.0)
    occupation.stretch(10, 100.0)
    one = occupation.begin(101.0)
    occupation.ask(one, 102.0)
    occupation.ask(one, 103.0)  # two at once are one user that waits
    occupation.answered(one, 104.0)
    occupation.answered(one, 106.0)
    occupation.end(one, 109.0)

    assert occupation.stretch(10, 110.0) == {
        "t": 110.0, "users": 10, "thinking": 4.0, "waiting": 4.0, "idle": 92.0
    }  # fmt: skip
    assert occupation.stretch(10, 111.0)["idle"] == 10.0


def test_a_user_that_ends_within_a_request_no_longer_waits() -> None:
    occupation = Occupation(0.0)
    one = occupation.begin(0.0)
    occupation.ask(one, 1.0)
    occupation.end(one, 2.0)
    occupation.stretch(1, 2.0)
    assert (occupation.busy, occupation.stretch(1, 5.0)["waiting"]) == (0, 0.0)


def test_a_request_that_is_reported_when_it_is_over_was_no_thinking() -> None:
    occupation = Occupation(0.0)
    one = occupation.begin(1.0)
    occupation.foreign(one, 2.0, 4.0)
    occupation.end(one, 4.0)
    found = occupation.stretch(1, 4.0)
    assert (found["thinking"], found["waiting"]) == (pytest.approx(1.0), pytest.approx(2.0))


def test_users_are_enough_when_each_request_of_an_iteration_takes_the_whole_deadline() -> None:
    occupation = Occupation(0.0)
    one = occupation.begin(0.0)
    for begun in (1.0, 3.0):
        occupation.ask(one, begun)
        occupation.answered(one, begun + 0.1)
    occupation.end(one, 3.1)  # 2.9 s of thinking, two requests
    assert occupation.wanted(10.0, 5.0, users=60) == 155  # 10 a second x (2.9 + 2 x 5) s x 1.2


def test_users_that_are_nearly_all_busy_are_too_few_however_long_they_will_take() -> None:
    occupation = Occupation(0.0)
    for _ in range(80):
        occupation.begin(0.0)
    assert occupation.wanted(10.0, 5.0, users=101) == 101
    assert occupation.wanted(10.0, 5.0, users=100) == 122
