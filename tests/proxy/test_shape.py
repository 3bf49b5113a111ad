"""When which bytes of a connection may pass."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.actions import Lag, Limit, Linger, Pace, Slice
from chaoskit.core.decide import Strike
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Uniform
from chaoskit.core.experiment import Injection
from chaoskit.core.fault import Fault
from chaoskit.proxy.shape import End, Flow, stage_of

DICE = Dice(7, "i", "pay 1")
FAULT = Fault()
CHUNKS = st.lists(st.tuples(st.binary(min_size=1, max_size=300), st.floats(0, 2)), max_size=12)
TIMES = st.one_of(
    st.floats(0, 3).map(Fixed),
    st.tuples(st.floats(0, 1), st.floats(1, 3)).map(lambda both: Uniform(from_=both[0], to=both[1])),
)
SHAPES = st.one_of(
    TIMES.map(lambda time: Lag(time, DICE)),
    st.floats(10, 1e5).map(Pace),
    st.tuples(st.integers(2, 50), st.integers(0, 1), st.floats(0, 0.5)).map(lambda s: Slice(*s, DICE)),
    st.floats(0, 3).map(Linger),
)


def strike(action, name="i"):
    return Strike(Injection(id=name, provider="p", fault=FAULT, fault_name="f", start=0, stop=1), action)


def flow_of(*actions, way="down"):
    flow = Flow()
    for number, action in enumerate(actions):
        stage = stage_of(strike(action, f"i{number}"), way)
        if stage is not None:
            flow.stages.append(stage)
    return flow


def run(flow, chunks, until=math.inf):
    """Put chunks in, each so many seconds after the one before; return (time, piece) of what comes out."""
    out, now, coming = [], 100.0, [*chunks]
    arrival = now
    while True:
        while (piece := flow.next(now)) is not None:
            out.append((now, piece))
        due = flow.due()
        if coming and (due is None or due > until or arrival + coming[0][1] <= due):
            piece, pause = coming.pop(0)
            now = arrival = max(now, arrival + pause)
            flow.put(piece, now)
        elif due is None or due > until:
            return out
        else:
            now = max(now, due)


def bytes_of(out):
    return b"".join(piece for _, piece in out if isinstance(piece, bytes))


@given(st.lists(SHAPES, max_size=4), CHUNKS)
def test_whatever_shapes_it_no_byte_is_lost_invented_or_out_of_its_place(actions, chunks):
    flow = flow_of(*actions)
    out = run(flow, [*chunks, (End("close"), 0.0)])
    assert bytes_of(out) == b"".join(data for data, _ in chunks)
    assert out[-1][1] == End("close")
    assert flow.size == 0
    assert all(before <= after for (before, _), (after, _) in pairwise(out))


@given(st.floats(10, 1e4), CHUNKS)
def test_at_no_instant_has_more_passed_than_the_rate_allows(rate, chunks):
    passed = 0
    for now, piece in run(flow_of(Pace(rate)), chunks):
        passed += len(piece)
        assert passed <= rate * (now - 100.0) * (1 + 1e-6) + 1e-3


@given(st.floats(10, 1e4), st.binary(min_size=1, max_size=3000))
def test_a_rate_is_reached_and_not_only_kept_below(rate, data):
    out = run(flow_of(Pace(rate)), [(data, 0.0)])
    assert out[-1][0] - 100.0 == pytest.approx(len(data) / rate)


@given(TIMES, CHUNKS)
def test_each_piece_is_at_least_as_late_as_its_draw(time, chunks):
    arrivals, now = [], 100.0
    for _, pause in chunks:
        now += pause
        arrivals.append(now)
    least = time.time if isinstance(time, Fixed) else time.from_
    out = run(flow_of(Lag(time, DICE)), chunks)
    assert [piece for _, piece in out] == [data for data, _ in chunks]
    assert all(left - came >= least - 1e-9 for (left, _), came in zip(out, arrivals, strict=True))


@given(st.integers(3, 40), st.integers(0, 2), st.floats(0.01, 1), CHUNKS)
def test_pieces_are_of_the_stated_size_and_as_far_apart_as_stated(size, spread, gap, chunks):
    out = run(flow_of(Slice(size, spread, gap, DICE)), chunks)
    assert all(1 <= len(piece) <= size + spread for _, piece in out)
    assert all(after - before >= gap - 1e-9 for (before, _), (after, _) in pairwise(out))


@given(st.integers(0, 400), CHUNKS)
def test_exactly_so_many_bytes_pass_and_one_more_ends_it(limit, chunks):
    action = Limit(how="rst", bytes=limit)
    out = run(flow_of(action), chunks)
    sent = b"".join(data for data, _ in chunks)
    assert bytes_of(out) == sent[:limit]
    assert [piece for _, piece in out if isinstance(piece, End)] == (
        [End("rst", strike(action, "i0"))] if len(sent) > limit else []
    )


@given(st.lists(SHAPES, min_size=1, max_size=3), CHUNKS, st.integers(0, 2))
def test_what_an_ended_injection_holds_goes_on_in_its_place(actions, chunks, which):
    flow = flow_of(*actions)
    before = run(flow, chunks, until=100.5)
    flow.remove(f"i{which % len(actions)}", 101.0)
    after = run(flow, [])
    assert bytes_of(before) + bytes_of(after) == b"".join(data for data, _ in chunks)


def test_what_an_ended_injection_holds_does_not_pass_the_stages_before_it_again():
    flow = flow_of(Pace(10.0), Lag(Fixed(3600.0), DICE))
    assert run(flow, [(bytes(100), 0.0)], until=200.0) == []  # paced for ten seconds, then late
    flow.remove("i1", 200.0)
    assert len(b"".join(iter(lambda: flow.next(200.0) or b"", b""))) == 100


@given(st.lists(SHAPES, min_size=1, max_size=3), CHUNKS)
def test_when_all_have_ended_everything_passes_at_once(actions, chunks):
    flow = flow_of(*actions)
    for data, _ in chunks:
        flow.put(data, 100.0)
    flow.remove(None, 100.0)
    out = []
    while (piece := flow.next(100.0)) is not None:
        out.append(piece)
    assert b"".join(out) == b"".join(data for data, _ in chunks)
    assert flow.is_free


@pytest.mark.parametrize(
    ("action", "ways"),
    [
        (Lag(Fixed(1.0), DICE), "up down"),
        (Lag(Fixed(1.0), DICE, "up"), "up"),
        (Pace(1.0, "down"), "down"),
        (Slice(1, 0, 0.0, DICE, "up"), "up"),
        (Limit(how="fin", bytes=1), "down"),
        (Limit(how="fin", bytes=1, direction="up"), "up"),
        (Linger(1.0), "down"),
    ],
    ids=str,
)
def test_a_shape_is_about_the_direction_that_it_names(action, ways):
    assert [way for way in ("up", "down") if stage_of(strike(action), way) is not None] == ways.split()


@pytest.mark.parametrize(
    ("action", "piece", "is_felt"),
    [
        (Lag(Fixed(0.0), DICE), b"abc", False),
        (Lag(Fixed(0.1), DICE), b"abc", True),
        (Pace(math.inf), b"abc", False),
        (Slice(3, 0, 1.0, DICE), b"abc", False),
        (Slice(2, 0, 0.0, DICE), b"abc", True),
        (Linger(1.0), b"abc", False),
        (Linger(1.0), End("eof"), True),
        (Linger(1.0), End("rst"), False),
        (Limit(how="rst", bytes=3), b"abcd", False),  # its hit is the end, when that is carried out
    ],
    ids=str,
)
def test_what_changes_nothing_is_not_felt(action, piece, is_felt):
    flow = flow_of(action)
    (stage,) = flow.stages
    run(flow, [(piece, 0.0)])
    assert stage.is_felt == is_felt


def test_only_the_first_end_lingers():
    out = run(flow_of(Linger(2.0)), [(b"x", 0.0), (End("eof"), 0.0), (End("close"), 1.0)])
    assert out == [(100.0, b"x"), (102.0, End("eof")), (102.0, End("close"))]


def test_time_that_is_up_ends_it_after_what_came_before_and_nothing_follows():
    action = Limit(how="half", seconds=5.0)
    flow = flow_of(action, Lag(Fixed(1.0), DICE))
    flow.put(b"before", 100.0)
    flow.stages[0].expire(100.5)
    assert run(flow, [(b"after", 0.0)]) == [(101.0, b"before"), (101.5, End("half", strike(action, "i0")))]


def test_a_megabyte_cut_into_single_bytes_is_not_kept_as_a_million_pieces():
    flow = flow_of(Slice(1, 0, 1.0, DICE))
    flow.put(bytes(1 << 20), 100.0)
    assert flow.next(100.0) == b"\0"
    assert flow.next(100.5) is None
    assert flow.size == (1 << 20) - 1
    flow.remove(None, 100.5)
    assert flow.next(100.5) == bytes((1 << 20) - 1)
