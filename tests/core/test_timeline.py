"""Which injections are on is a function of time alone."""

import math

from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.curve import Curve
from chaoskit.core.experiment import Injection
from chaoskit.core.fault import Fault
from chaoskit.core.timeline import Timeline, chart


def injection(id_, start, stop, share=1.0):
    curve = share if isinstance(share, Curve) else Curve.flat(share)
    return Injection(
        id=id_, provider="p", fault=Fault(), fault_name="none", start=start, stop=stop, share=curve
    )


@st.composite
def timelines(draw):
    spans = draw(st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 100)), max_size=6))
    return Timeline(
        tuple(injection(f"i{n}", start, start + length) for n, (start, length) in enumerate(spans))
    )


def ids(timeline, t):
    return [each.injection.id for each in timeline.desired(t)]


@given(timelines(), st.floats(-10, 250), st.floats(0, 1))
def test_nothing_changes_before_the_next_change(timeline, t, part):
    later = timeline.next_change(t)
    between = t + (min(later, t + 1000) - t) * part
    if between < later:
        assert ids(timeline, t) == ids(timeline, between)


@given(timelines(), st.floats(-10, 250))
def test_the_next_change_is_later_and_finite_only_if_one_comes(timeline, t):
    later = timeline.next_change(t)
    assert later > t
    edges = {edge for each in timeline.injections for edge in (each.start, each.stop)}
    assert later in edges or (later == math.inf and all(edge <= t for edge in edges))


@given(timelines())
def test_no_fault_is_on_after_the_last_change(timeline):
    t = -1.0
    while (later := timeline.next_change(t)) < math.inf:
        t = later
    assert timeline.desired(t) == ()


def test_an_injection_is_on_from_its_start_until_just_before_its_stop():
    timeline = Timeline((injection("a", 10.0, 20.0),))
    assert [ids(timeline, t) for t in (9.999, 10.0, 19.999, 20.0)] == [[], ["a"], ["a"], []]


def test_injections_come_in_the_order_of_the_file_not_of_their_start():
    timeline = Timeline((injection("late", 5.0, 20.0), injection("early", 0.0, 20.0)))
    assert ids(timeline, 10.0) == ["late", "early"]


def test_the_share_counts_from_the_injections_own_start():
    ramp = Curve(((0.0, 0.0), (10.0, 1.0)))
    timeline = Timeline((injection("ramp", 30.0, 60.0, ramp),))
    assert [timeline.desired(t)[0].share for t in (30.0, 35.0, 40.0, 50.0)] == [0.0, 0.5, 1.0, 1.0]


def test_a_chart_shows_when_each_injection_is_on():
    drawn = chart([injection("a", 0.0, 5.0), injection("long", 5.0, 10.0)], length=10.0, width=10)
    assert drawn == "a    #####.....\nlong .....#####"
