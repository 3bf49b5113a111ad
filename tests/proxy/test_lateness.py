"""What a worker notes of its own lateness, on a clock that the test moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.late import BOUND
from chaoskit.proxy.lateness import EVERY, Lateness


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def looked(*lates: float) -> tuple[Clock, Lateness]:
    """Let looks come, each so many seconds later than due."""
    clock = Clock()
    lateness = Lateness(clock)
    for late in lates:
        clock.now = lateness.expect() + late
        lateness.look()
    lateness.expect()
    return clock, lateness


def test_a_worker_in_time_has_no_stretches() -> None:
    _, lateness = looked(0.0, 0.02, BOUND)

    assert lateness.stretches == []
    assert lateness.take_worst() == pytest.approx(BOUND)
    assert lateness.take_worst() == 0.0


def test_a_stall_is_a_stretch_from_the_last_look_on() -> None:
    clock, lateness = looked(0.0, 3.0)

    assert lateness.stretches == [pytest.approx((clock.now - 3.0 - EVERY, clock.now))]


def test_before_it_has_looked_it_is_as_late_as_the_clock_says() -> None:
    clock, lateness = looked(0.0)
    clock.now += EVERY + 2.0

    assert lateness.now() == pytest.approx(2.0)


def test_what_has_piled_up_is_as_late_until_a_look_comes_in_time() -> None:
    clock, lateness = looked(0.0, 2.0)

    assert lateness.now() == pytest.approx(2.0)
    clock.now += EVERY
    lateness.look()
    lateness.expect()
    assert lateness.now() == 0.0


def test_several_short_ones_are_not_told_as_a_long_one() -> None:
    _, lateness = looked(0.0, 0.3, 0.2, 0.0, 0.4)

    assert [stop - start for start, stop in lateness.stretches] == pytest.approx(
        [0.3 + EVERY, 0.2 + EVERY, 0.4 + EVERY]
    )


@given(st.lists(st.sampled_from([0.0, 0.15, 0.6]), min_size=1500, max_size=1500))
def test_however_often_it_was_late_no_stretch_is_lost(lates: list[float]) -> None:
    clock = Clock()
    lateness, late_at = Lateness(clock), list[float]()
    for late in lates:
        clock.now = lateness.expect() + late
        lateness.look()
        if late > BOUND:
            late_at.append(clock.now)
        clock.now += 0.2 + late  # so that many stretches stay apart

    assert len(lateness.stretches) <= 200
    assert lateness.stretches == sorted(lateness.stretches)
    assert all(any(start <= at <= stop for start, stop in lateness.stretches) for at in late_at)
