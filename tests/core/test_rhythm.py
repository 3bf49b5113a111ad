"""Pulses and draws come down to windows."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.injection import Injection
from chaoskit.core.rhythm import Pulse, Reroll, windows
from chaoskit.core.timeline import Timeline, chart


@st.composite
def spans(draw):
    edges = sorted(draw(st.sets(st.integers(0, 200), min_size=2, max_size=8)))
    return [(float(a), float(b)) for a, b in list(pairwise(edges))[::2]]


pulses = st.none() | st.tuples(st.integers(1, 20), st.integers(1, 20)).map(lambda p: Pulse(p[0], p[0] + p[1]))
rerolls = st.none() | st.builds(Reroll, every=st.floats(0.5, 50), p=st.floats(0.05, 1), latch=st.booleans())


def injection(found):
    gaps = tuple((stop, start) for (_, stop), (start, _) in pairwise(found))
    return Injection(
        id="i", provider="p", fault=Fault(), fault_name="f", start=found[0][0], stop=found[-1][1], gaps=gaps
    )


@given(spans(), pulses, rerolls, st.integers(0, 5), st.floats(-5, 210))
def test_it_is_on_where_the_spans_the_pulse_and_the_draw_all_say_so(given_spans, pulse, reroll, seed, t):
    found = windows(given_spans, pulse, reroll, seed, "i")
    since = t - given_spans[0][0]
    expected = any(start <= t < stop for start, stop in given_spans)
    if pulse is not None and expected:
        expected = since % pulse.every < pulse.length
        if min(since % pulse.every, abs(since % pulse.every - pulse.length)) < 1e-6:
            return
    if reroll is not None and expected:
        periods = range(int(since // reroll.every) + 1)
        if min(since % reroll.every, reroll.every - since % reroll.every) < 1e-6:
            return
        drawn = [Dice(seed, "i", f"period {n}").chance(reroll.p, "reroll") for n in periods]
        expected = any(drawn) if reroll.latch else drawn[-1]
    assert any(start <= t < stop for start, stop in found) == expected
    if found:
        assert injection(found).is_on(t) == expected


@given(spans(), pulses, rerolls, st.integers(0, 5))
def test_windows_are_in_order_apart_and_what_the_injection_says_they_are(given_spans, pulse, reroll, seed):
    found = windows(given_spans, pulse, reroll, seed, "i")
    assert all(start < stop for start, stop in found)
    assert all(stop < start for (_, stop), (start, _) in pairwise(found))
    if found:
        assert injection(found).windows == found


@given(spans(), pulses, rerolls, st.floats(-10, 250), st.floats(0, 1))
def test_nothing_changes_before_the_next_change(given_spans, pulse, reroll, t, part):
    found = windows(given_spans, pulse, reroll, 1, "i")
    timeline = Timeline((injection(found),) if found else ())
    later = timeline.next_change(t)
    between = t + (min(later, t + 1000) - t) * part
    if between < later:
        assert bool(timeline.desired(t)) == bool(timeline.desired(between))
    if later < 1000:
        assert bool(timeline.desired(t)) != bool(timeline.desired(later))


@given(spans(), st.floats(0.5, 50), st.floats(0.05, 1), st.integers(0, 50))
def test_a_latch_never_goes_back(given_spans, every, p, seed):
    start, stop = given_spans[0][0], given_spans[-1][1]
    found = windows([(start, stop)], None, Reroll(every=every, p=p, latch=True), seed, "i")
    assert len(found) <= 1
    assert not found or found[0][1] == stop


def test_periods_are_drawn_at_about_their_chance_and_alike_for_the_same_seed():
    reroll = Reroll(every=1.0, p=0.6)
    found = windows([(0.0, 1000.0)], None, reroll, 7, "i")
    assert sum(stop - start for start, stop in found) == pytest.approx(600, abs=60)
    assert found == windows([(0.0, 1000.0)], None, reroll, 7, "i")
    assert found != windows([(0.0, 1000.0)], None, reroll, 8, "i")


def test_a_pulse_is_seen_on_the_chart():
    found = windows([(2.0, 12.0), (14.0, 20.0)], Pulse(2.0, 4.0), None, 0, "i")
    assert chart([injection(found)], length=20.0, width=20) == "i ..##..##..##..##..##"


def test_too_many_windows_are_refused():
    with pytest.raises(ValueError, match="at most 1000 periods, got 100000"):
        windows([(0.0, 100.0)], Pulse(0.0005, 0.001), None, 0, "i")
