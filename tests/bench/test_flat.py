"""The soak's judgement, on series that are made up: it has to fail where something leaks."""

import random
from dataclasses import replace

import pytest
from bench_soak import Soaked, injections, targets
from flat import MOST, Sample, growth

MIB = 1024 * 1024
DICE = random.Random(7)
IDLE = {"memory": 70 * MIB, "tasks": 3, "fds": 11, "calls": 0}


def series(grows: float, seconds: int = 300, noise: float = 1.5) -> list[Sample]:
    """A worker that fills its caches in the first tenth, then ``grows`` by so many MiB in five minutes."""
    return [
        Sample(t, int((70 + min(20, t) + DICE.uniform(0, noise) + grows * t / 300) * MIB))
        for t in range(5, seconds + 1, 5)
    ]


FLAT = Soaked(
    seconds=300.0,
    samples=series(0.0),
    idle=IDLE,
    after=IDLE | {"memory": 95 * MIB},
    hits={"error-plain": 9},
    expected=["error-plain"],
    done={"plain": 150_000},
)


@pytest.mark.parametrize("seconds", [300, 3600])
@pytest.mark.parametrize(
    ("grows", "is_flat"), [(0.0, True), (1.0, True), (4.0, False), (30.0, False), (-4.0, True)]
)
def test_a_leak_is_seen_through_the_noise(seconds, grows, is_flat):
    found = growth(series(grows, seconds))
    assert found == pytest.approx(grows, abs=0.9)
    assert (found <= MOST) is is_flat


def test_neither_the_beginning_nor_a_few_spikes_count():
    samples = series(0.0)
    spikes = [
        replace(each, memory=each.memory + 60 * MIB) if i % 4 == 3 else each for i, each in enumerate(samples)
    ]
    assert growth(spikes) < MOST


def test_a_step_to_what_a_busy_minute_took_is_no_leak():
    """As it was measured: 107 MiB for 100 s, then 123, then 126."""
    steps = [107] * 20 + [109, 111, 112, 114, 123, 124] + [123] * 18 + [126] * 13
    assert growth([Sample(5.0 * i, each * MIB) for i, each in enumerate(steps)]) < MOST


def test_a_series_that_is_too_short_says_nothing():
    with pytest.raises(ValueError, match="at least 10 samples after the first tenth, got 5"):
        growth(series(0.0)[:5])


def test_nothing_is_wrong_where_all_is_as_it_was():
    assert FLAT.problems() == []
    assert [each.is_met for each in targets(FLAT)] == [True] * 4


def test_each_thing_that_can_be_wrong_is_told():
    bad = replace(
        FLAT, samples=series(12.0), after=IDLE | {"tasks": 5, "fds": 12}, hits={}, done={"plain": 90_000}
    )
    tasks, fds, memory, hits = bad.problems()
    assert (tasks, fds, hits) == (
        "tasks rose from 3 to 5",
        "fds rose from 11 to 12",
        "error-plain never struck",
    )
    assert memory.startswith("memory grows by 1")
    assert [each.is_met for each in targets(bad)] == [False, None, False, False]
    assert targets(bad)[1].why == "the machine was too slow: 300 calls a second"


def test_every_fault_has_its_turn_within_the_five_minutes_of_ci():
    planned = list(injections(300.0))
    assert [over for name, _, over in planned if not name.startswith("warm-") and over > 280] == []
    assert sum(name.startswith("warm-") for name, _, _ in planned) == len(planned) / 2
