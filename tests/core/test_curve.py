"""A share that ramps, holds and steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.curve import Curve

times = st.floats(-1000, 1000)
points = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 1)), min_size=1, max_size=6).map(
    lambda given: Curve(tuple(sorted(given, key=lambda point: point[0])))
)


@given(st.floats(0, 1), times)
def test_a_flat_curve_is_the_same_at_all_times(value, t):
    assert Curve.flat(value).at(t) == value


def test_a_ramp_is_a_straight_line_and_flat_outside():
    ramp = Curve(((0.0, 0.0), (20.0, 0.8)))
    assert [ramp.at(t) for t in (-5, 0, 5, 10, 20, 50)] == pytest.approx([0, 0, 0.2, 0.4, 0.8, 0.8])


def test_a_ramp_may_go_up_hold_and_come_down():
    curve = Curve(((0.0, 0.0), (10.0, 1.0), (20.0, 1.0), (25.0, 0.0)))
    assert [curve.at(t) for t in (5, 15, 22.5, 30)] == pytest.approx([0.5, 1.0, 0.5, 0.0])


def test_a_step_takes_its_later_value_at_once():
    step = Curve(((0.0, 0.1), (5.0, 0.1), (5.0, 0.9)))
    assert step.at(4.999) == pytest.approx(0.1)
    assert step.at(5.0) == 0.9


def test_a_curve_that_begins_later_holds_its_first_value_before():
    assert Curve(((10.0, 0.3), (20.0, 0.5))).at(2.0) == 0.3


@given(points, times)
def test_a_curve_never_leaves_the_range_of_its_points(curve, t):
    values = [value for _, value in curve.points]
    assert min(values) - 1e-9 <= curve.at(t) <= max(values) + 1e-9
    assert curve.at(t) <= curve.peak() + 1e-9


@given(points, times, st.floats(0, 200), st.floats(0, 200))
def test_areas_add_up_and_stay_between_the_extremes(curve, start, first, second):
    whole = curve.area(start, start + first + second)
    parts = curve.area(start, start + first) + curve.area(start + first, start + first + second)
    assert whole == pytest.approx(parts, abs=1e-6)
    assert -1e-9 <= whole <= curve.peak() * (first + second) + 1e-9


def test_the_area_under_a_ramp_and_a_step():
    assert Curve(((0.0, 0.0), (60.0, 50.0))).area(0, 60) == pytest.approx(1500)
    assert Curve(((0.0, 1.0), (5.0, 1.0), (5.0, 3.0))).area(0, 10) == pytest.approx(20)


def test_a_moved_curve_is_the_same_later():
    ramp = Curve(((0.0, 0.0), (20.0, 0.8)))
    assert [ramp.moved(-5.0).at(t) for t in (0, 5, 15, 20)] == pytest.approx([0.2, 0.4, 0.8, 0.8])


@given(points)
def test_a_curve_passes_through_its_points(curve):
    for i, (t, value) in enumerate(curve.points):
        if i + 1 == len(curve.points) or curve.points[i + 1][0] > t:
            assert curve.at(t) == pytest.approx(value)


@pytest.mark.parametrize("wrong", [(), ((5.0, 0.0), (1.0, 1.0))], ids=["no point", "out of order"])
def test_a_curve_without_points_or_order_is_refused(wrong):
    with pytest.raises(ValueError, match="point"):
        Curve(wrong)
