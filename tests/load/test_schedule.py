"""When arrivals are due and what they ask for."""

from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chaoskit.core.experiment import Endpoint, Experiment, Load, Phase, Target
from chaoskit.core.trace import number, traceparent
from chaoskit.load import schedule
from chaoskit.load.schedule import Mix, Schedule

schedules = st.builds(
    Schedule,
    rate=st.floats(0.5, 200.0),
    length=st.floats(0.0, 5.0),
    seed=st.integers(0, 2**63),
    process=st.sampled_from(["constant", "poisson"]),
)
A = Endpoint(name="a", method="GET", path="/a")
B = Endpoint(name="b", method="GET", path="/b", weight=3.0)


@given(schedules, st.integers(1, 4))
def test_processes_share_all_slots_and_each_is_taken_once(whole: Schedule, processes: int) -> None:
    parts = [slot for first in range(processes) for slot in whole.slots(first, processes)]
    assert sorted(parts, key=lambda slot: slot.number) == list(whole.slots())


@given(schedules)
def test_slots_are_numbered_in_order_of_time_and_none_is_due_after_the_end(whole: Schedule) -> None:
    slots = list(whole.slots())
    assert [slot.number for slot in slots] == list(range(len(slots)))
    assert all(before.due <= after.due for before, after in pairwise(slots))
    assert all(0 <= slot.due < whole.length for slot in slots)


@given(schedules, st.floats(0.0, 5.0))
def test_a_longer_run_begins_with_the_same_slots(whole: Schedule, longer: float) -> None:
    more = Schedule(rate=whole.rate, length=whole.length + longer, seed=whole.seed, process=whole.process)
    slots = list(whole.slots())
    assert list(islice(more.slots(), len(slots))) == slots


@given(schedules, st.floats(0.0, 5.0))
def test_what_was_offered_adds_up_over_phases(whole: Schedule, edge: float) -> None:
    assert whole.offered(0.0, edge) + whole.offered(edge, 10.0) == len(list(whole.slots()))


def test_constant_arrivals_do_not_drift() -> None:
    *_, last = Schedule(rate=30.0, length=1000.0).slots()
    assert last.number == 29_999
    assert last.due == 29_999 / 30.0


def test_poisson_gaps_are_exponential_and_follow_the_seed() -> None:
    def gaps(seed: int) -> list[float]:
        due = [
            0.0,
            *(slot.due for slot in Schedule(rate=50.0, length=100.0, seed=seed, process="poisson").slots()),
        ]
        return [after - before for before, after in pairwise(due)]

    assert stats.kstest(gaps(1), stats.expon(scale=1 / 50).cdf).pvalue > 0.01
    assert abs(len(gaps(1)) - 5000) < 4 * 5000**0.5
    assert gaps(1) == gaps(1)
    assert gaps(1) != gaps(2)
    assert abs(np.corrcoef(gaps(1)[:-1], gaps(1)[1:])[0, 1]) < 0.05


def test_the_schedule_of_an_experiment_covers_its_settling_and_its_phases() -> None:
    load = Load(arrivals=10.0, settle=2.0, endpoints=(A,))
    experiment = Experiment(
        name="x", target=Target(url="http://127.0.0.1"), load=load, phases=(Phase("p", 0.0, 3.0),), seed=4
    )
    assert schedule.of(experiment) == Schedule(rate=10.0, length=5.0, seed=4)


def test_endpoints_are_drawn_by_weight() -> None:
    mix = Mix((A, B), seed=0)
    drawn = [mix.at(slot).name for slot in range(4000)]
    assert stats.binomtest(drawn.count("b"), len(drawn), 0.75).pvalue > 0.01
    assert drawn == [Mix((A, B), seed=0).at(slot).name for slot in range(4000)]
    assert drawn != [Mix((A, B), seed=1).at(slot).name for slot in range(4000)]


def test_an_endpoint_without_weight_is_never_drawn() -> None:
    never = Endpoint(name="never", method="GET", path="/", weight=0.0)
    assert {Mix((never, A, never), seed=0).at(slot).name for slot in range(500)} == {"a"}


def test_endpoints_without_any_weight_are_an_error() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Mix((Endpoint(name="n", method="GET", path="/", weight=0.0),), seed=0)


def test_a_trace_id_belongs_to_a_seed_a_slot_and_one_request() -> None:
    version, trace, span, flags = traceparent(7, "12").split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
    assert int(trace, 16) > 0
    assert traceparent(7, "12") == traceparent(7, "12")
    assert traceparent(7, "12", 1).split("-")[1] not in (trace, traceparent(7, "12", 2).split("-")[1])
    assert traceparent(7, "12", 1).split("-")[2] != span
    assert traceparent(8, "12").split("-")[1] != trace
    assert traceparent(7, "13").split("-")[1] != trace


def test_the_record_keeps_the_first_64_bits_of_a_trace_id() -> None:
    assert number("00-0123456789abcdeffedcba9876543210-0123456789abcdef-01") == 0x0123456789ABCDEF


@given(
    st.floats(0.1, 500),
    st.floats(0.5, 20),
    st.floats(0, 20),
    st.floats(0, 20),
)
def test_arrivals_counted_at_once_are_those_counted_one_by_one(
    rate: float, length: float, start: float, stop: float
) -> None:
    due = Schedule(rate=rate, length=length)

    assert due.offered(start, stop) == sum(start <= slot.due < stop for slot in due.slots())


@given(st.integers(1, 100_000), st.integers(0, 5), st.integers(1, 60))
def test_a_phase_of_whole_seconds_has_its_rate(rate: int, start: int, seconds: int) -> None:
    due = Schedule(rate=rate, length=120.0)

    assert due.offered(start, start + seconds) == rate * seconds
