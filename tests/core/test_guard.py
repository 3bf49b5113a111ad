"""Abort conditions: evidence over their whole time, not one bad moment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.experiment import Abort
from chaoskit.core.guard import MIN_SAMPLES, Counted, Guard


def guard(**changes: object) -> Guard:
    return Guard(Abort(**{"availability": 0.2, "of": ("items",), "for_": 3.0, **changes}))


def play(subject: Guard, per_half_second: list[tuple[int, int]]) -> list[str | None]:
    done = good = 0
    answers: list[str | None] = []
    for i, (more, well) in enumerate(per_half_second):
        done, good = done + more, good + well
        answers.append(
            subject.show(i * 0.5, {"items": Counted(done, good), "other": Counted(9 * done, 9 * done)})
        )
    return answers


def test_it_trips_when_availability_was_too_low_for_the_whole_time() -> None:
    answers = play(guard(), [(10, 10)] * 4 + [(10, 1)] * 7)

    assert [each is not None for each in answers] == [False] * 9 + [True] * 2
    assert answers[-1] == "availability of items was 10.0% over the last 3s (6 of 60), below 20.0%"


def test_one_good_second_in_between_is_not_an_outage() -> None:
    assert not any(play(guard(), [(10, 0)] * 4 + [(10, 9)] * 2 + [(10, 0)] * 4))


def test_a_handful_of_requests_is_no_evidence() -> None:
    assert not any(play(guard(), [(1, 0)] * (MIN_SAMPLES // 2)))


def test_silence_is_no_evidence_either() -> None:
    assert not any(play(guard(), [(0, 0)] * 20))


def test_without_names_all_endpoints_count_together() -> None:
    assert not any(play(guard(of=()), [(10, 0)] * 10))
    assert play(guard(of=(), availability=0.95), [(10, 0)] * 10)[-1]


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0.2, 1)), max_size=40))
def test_availability_at_or_above_the_limit_never_trips(steps: list[tuple[int, float]]) -> None:
    rounded = [(n, -int(-n * share // 1)) for n, share in steps]

    assert not any(play(guard(), rounded))


@pytest.mark.parametrize("seconds", [1.0, 5.0])
def test_it_never_trips_before_its_time(seconds: float) -> None:
    answers = play(guard(for_=seconds), [(50, 0)] * 20)

    assert [each is not None for each in answers].index(True) == int(seconds * 2)
