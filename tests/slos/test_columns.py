"""Binary records as columns: whole, sorted, on the run's clock."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.samples import NO_SLOT, RECORD, Flag, Sample
from chaoskit.slos.columns import Shard, columns, in_order

ORIGIN = 10**15 + 7  # microseconds after years of uptime


def record(at_us, name=0, flags=Flag.GOOD, slot=0, trace=0):
    return Sample(
        intended_us=ORIGIN + at_us,
        latency_us=1000,
        delay_us=500,
        size=1,
        slot=slot,
        name=name,
        status=200,
        flags=flags,
        cause=0,
        trace_id=trace,
    ).pack()


def test_times_are_exact_microseconds_after_the_origin():
    found = columns([Shard([record(1) + record(-2_000_000)], ["a"])], ORIGIN)["a"]
    assert found.start.tolist() == [-2.0, 1e-6]
    assert (found.latency[0], found.delay[0]) == (0.001, 0.0005)


def test_a_trace_id_stays_with_its_sample_however_they_are_sorted():
    data = b"".join(record(at, name, trace=2**63 + at) for at, name in [(30, 0), (5, 1), (10, 0), (20, 1)])
    found = columns([Shard([data], ["a", "b"])], ORIGIN)
    assert found["a"].trace.tolist() == [2**63 + 10, 2**63 + 30]
    assert found["b"].trace.tolist() == [2**63 + 5, 2**63 + 20]


def test_shards_with_their_own_names_are_merged_and_sorted():
    one = Shard([record(30, 0) + record(10, 1)], ["a", "b"])
    other = Shard([record(20, 0) + record(5, 1)], ["b", "a"])
    found = columns([one, other], ORIGIN)
    assert {name: (each.start * 1e6).round().tolist() for name, each in found.items()} == {
        "a": [5, 30],
        "b": [10, 20],
    }


@given(st.integers(0, 3 * RECORD.size))
def test_half_a_record_at_the_end_is_left_out(cut):
    data = b"".join(record(i) for i in range(3))
    found = columns([Shard([data[: len(data) - cut]], ["a"])], ORIGIN)
    assert sum(len(each) for each in found.values()) == (3 * RECORD.size - cut) // RECORD.size


def test_each_flag_is_a_column():
    flags = [
        Flag.GOOD,
        Flag.GOOD | Flag.DEGRADED,
        Flag.DEADLINE,
        Flag.CENSORED,
        Flag.SATURATED,
        Flag.DEGRADED,
    ]
    found = columns([Shard([b"".join(record(i, flags=f) for i, f in enumerate(flags))], ["a"])], ORIGIN)["a"]
    assert found.good.tolist() == [True, True, False, False, False, False]
    assert found.degraded.tolist() == [
        False,
        True,
        False,
        False,
        False,
        False,
    ]  # a failed one is not degraded
    assert found.censored.tolist() == [False, False, False, True, False, False]
    assert found.saturated.tolist() == [False, False, False, False, True, False]


def test_a_later_request_of_a_task_is_no_arrival():
    found = columns([Shard([record(0) + record(1, slot=NO_SLOT)], ["a"])], ORIGIN)["a"]
    assert found.arrival.tolist() == [True, False]


def test_a_record_without_a_name_is_kept_where_no_file_asks_for_it():
    assert set(columns([Shard([record(0, 0) + record(1, 9)], ["a"])], ORIGIN)) == {"a", "(name 9 is missing)"}


def test_nothing_is_nothing():
    assert columns([], ORIGIN) == {}
    assert columns([Shard([b""], ["a"])], ORIGIN) == {}


def test_many_samples_come_out_whole():
    rng = np.random.default_rng(1)
    names = rng.integers(4, size=20_000)
    data = b"".join(
        record(int(at), int(name)) for at, name in zip(rng.permutation(20_000), names, strict=True)
    )
    found = columns([Shard([data], ["a", "b", "c", "d"])], ORIGIN)
    assert [len(found[name]) for name in "abcd"] == np.bincount(names).tolist()
    assert all((np.diff(each.start) > 0).all() for each in found.values())


@given(st.lists(st.integers(-3, 3) | st.integers(-(2**62), 2**62), min_size=1))
def test_equal_times_keep_their_order(times):
    times = np.array(times, dtype=np.int64)
    assert in_order(times).tolist() == np.argsort(times, kind="stable").tolist()


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 300)), max_size=60), st.integers(1, 7))
def test_it_does_not_matter_in_which_pieces_a_shard_is_read(rows, size):
    data = [record(at, name, slot=number) for number, (at, name) in enumerate(rows)]
    names = [f"n{each}" for each in range(280)]
    pieces = [b"".join(data[low : low + size]) for low in range(0, len(data), size)]
    whole, split = (columns([Shard(each, names)], ORIGIN) for each in ([b"".join(data)], pieces))
    assert list(whole) == list(split)
    assert all(whole[each].start.tolist() == split[each].start.tolist() for each in whole)
