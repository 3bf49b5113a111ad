"""The provider can do only so much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.actions import Close, Hold, Reply
from chaoskit.core.curve import Curve
from chaoskit.core.fault import STATE_SIZE, has_memory
from chaoskit.faults.capacity import Capacity

FRESH = (0.0,) * STATE_SIZE
FLAT = Curve.flat


def answered(fault, times):
    state, found = FRESH, []
    for now in times:
        state, refusal = fault.step(state, None, now)
        assert len(state) <= STATE_SIZE
        if refusal is None:
            found.append(now)
    return found


def evenly(rate, seconds):
    return [n / rate for n in range(int(rate * seconds))]


@pytest.mark.parametrize("load", [21, 25, 40, 100, 1000])
def test_as_many_a_second_are_answered_as_it_can_do(load):
    assert len(answered(Capacity(rate=FLAT(20.0)), evenly(load, 60))) == pytest.approx(1200, rel=0.02)


def test_a_load_below_it_is_never_refused():
    times = evenly(19.9, 60)
    assert answered(Capacity(rate=FLAT(20.0)), times) == times


moments = st.lists(st.floats(0, 50), max_size=80).map(sorted)


@given(st.floats(0.1, 50), st.floats(0, 2), st.floats(0, 1), moments)
def test_no_stretch_has_more_than_the_rate_and_the_burst(rate, burst, cost, times):
    fault = Capacity(rate=FLAT(rate), burst=burst, refusal_cost=cost)
    found = answered(fault, times)
    most = max(1.0, burst * rate)
    for first, start in enumerate(found):
        for last in range(first, len(found)):
            assert last - first + 1 <= most + rate * (found[last] - start) + 1e-6


def test_while_it_comes_back_it_answers_what_the_curve_allows():
    fault = Capacity(rate=Curve(((0.0, 0.0), (60.0, 50.0))))
    found = answered(fault, evenly(200, 60))
    assert found[0] == pytest.approx(1.55, abs=0.01)  # when the first whole call has come together
    for start in range(0, 60, 10):
        in_ten = sum(start <= t < start + 10 for t in found)
        assert in_ten == pytest.approx(10 * 50 * (start + 5) / 60, abs=3)


def test_at_zero_nothing_is_answered_and_nothing_saved_up():
    down = Capacity(rate=Curve(((0.0, 10.0), (5.0, 10.0), (5.0, 0.0))))
    assert max(answered(down, evenly(100, 20))) < 5.0


def test_a_storm_holds_down_a_provider_for_which_refusing_costs_and_it_comes_back_after_it():
    fault = Capacity(rate=FLAT(20.0), refusal_cost=0.25)
    storm = evenly(200, 30)
    after = [30 + t for t in evenly(15, 30)]
    found = answered(fault, storm + after)
    assert sum(t < 30 for t in found) < 20  # 20/s, had refusing cost nothing
    assert sum(t >= 31 for t in found) >= 0.99 * sum(t >= 31 for t in after)


def test_how_it_refuses_is_for_the_file_to_say():
    def refusal(**changes):
        fault = Capacity(rate=FLAT(1.0), **changes)
        state, first = fault.step(FRESH, None, 0.0)
        assert first is None
        return fault.step(state, None, 0.0)[1]

    assert refusal() == Reply(status=503)
    assert refusal(status=529, headers=(("a", "b"),), body="{}") == Reply(
        status=529, headers=(("a", "b"), ("content-type", "application/json")), body=b"{}"
    )
    assert refusal(refuse="rst") == Close(reset=True)
    assert refusal(refuse="fin") == Close()
    assert refusal(refuse="silence") == Hold()


def test_a_clock_that_is_a_little_behind_gives_nothing_away():
    assert answered(Capacity(rate=FLAT(1.0), burst=0.0), [5.0, 4.999, 5.0]) == [5.0]


def test_it_has_a_memory_and_acts_on_calls():
    assert has_memory(Capacity(rate=FLAT(1.0)))
    assert Capacity(rate=FLAT(1.0)).layers() == {"call"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"rate": FLAT(0.0)}, "rate must be above 0/s at some time, got 0/s"),
        ({"burst": -1.0}, "burst must be 0s or more, got -1s"),
        ({"refusal_cost": 1.5}, "refusal_cost must be 0% to 100%, got 150%"),
        ({"status": 42}, "status must be 200 to 599, got 42"),
        ({"headers": (("a b", ""),)}, "headers must have names"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Capacity(**({"rate": FLAT(1.0)} | wrong))
