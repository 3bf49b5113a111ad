"""The record of a request, byte by byte."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.samples import CAUSES, FIELDS, RECORD, Flag, Sample

TOP = 0xFFFFFFFF
long = st.integers(0, 2**63)
short = st.integers(0, 2**16 - 1)

samples = st.builds(
    Sample,
    intended_us=long,
    latency_us=long,
    delay_us=long,
    size=long,
    slot=long,
    name=short,
    status=short,
    flags=st.integers(0, 63).map(Flag),
    cause=st.integers(0, len(CAUSES) - 1),
    trace_id=st.integers(0, 2**64 - 1),
)


@given(samples)
def test_numpy_reads_back_what_was_packed(sample):
    record = np.frombuffer(sample.pack(), dtype=np.dtype(list(FIELDS)))[0]
    assert record["intended_us"] == sample.intended_us
    assert record["latency_us"] == min(sample.latency_us, TOP)
    assert record["delay_us"] == min(sample.delay_us, TOP)
    assert record["bytes"] == min(sample.size, TOP)
    assert record["slot"] == min(sample.slot, TOP)
    assert record["name"] == sample.name
    assert record["status"] == sample.status
    assert record["flags"] == sample.flags
    assert record["cause"] == sample.cause
    assert record["trace"] == sample.trace_id


def test_a_record_is_40_bytes_for_both_readers():
    assert RECORD.size == np.dtype(list(FIELDS)).itemsize == 40


def test_the_names_of_the_causes_are_distinct_and_begin_with_none():
    assert CAUSES[0] == "none"
    assert len(set(CAUSES)) == len(CAUSES)
