"""Who was due while nearly all users were in a request: counted by bins, and the same as one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.slos.busy import busy
from chaoskit.slos.scope import pooled

TIME = st.integers(0, 2_000).map(lambda each: each / 1000)
REQUEST = st.tuples(TIME, TIME, TIME, st.booleans())


def one_by_one(parts, enough):
    every = pooled(parts)
    sent = ~every.saturated
    begun, ended = (every.start + every.delay)[sent], (every.start + every.latency)[sent]
    return [
        [int(np.sum(begun < t)) - int(np.sum(ended < t)) >= enough for t in each.start.tolist()]
        for each in parts
    ]


@given(st.lists(st.lists(REQUEST, max_size=30), min_size=1, max_size=3), st.integers(1, 5))
def test_it_is_as_if_all_were_counted_one_by_one(make, rows, enough):
    parts = []
    for each in rows:
        start, delay, more, saturated = zip(*sorted(each), strict=True) if each else ([], [], [], [])
        latency = np.add(delay, more)
        parts.append(make.samples(start, latency, delay=delay, saturated=saturated))

    assert [each.tolist() for each in busy(parts, enough)] == one_by_one(parts, enough)


def test_without_a_sample_nobody_is_busy(make):
    assert [each.tolist() for each in busy([make.samples([])], 1.0)] == [[]]
