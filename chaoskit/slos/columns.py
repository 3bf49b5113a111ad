"""The load's binary records as columns by endpoint, on the run's clock. Built for ten million samples.

What costs time is memory that is touched for the first time, and jumping about in it. So records are split by
endpoint piece by piece, while a piece is in the processor's cache, and no array is as long as all of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from chaoskit.core.frozen import frozen
from chaoskit.core.samples import FIELDS, NO_SLOT, RECORD, Flag
from chaoskit.slos.evidence import Bools, Numbers, Samples

_DTYPE = np.dtype(list(FIELDS))


@frozen
class Shard:
    """The records that one process of the load wrote, and the names that they point to.

    Each of ``pieces`` but the last holds whole records; one may be overwritten when the next is asked for.
    """

    pieces: Iterable[bytes | memoryview]
    names: Sequence[str]


def columns(shards: Iterable[Shard], origin_us: int) -> Mapping[str, Samples]:
    """Return the samples by endpoint, sorted by intended start; seconds after ``origin_us``.

    Half a record at the end of a shard is left out: a crash may cut a file anywhere. A record that
    points to no name is kept under a name that no file can ask for, so that it is not lost silently.
    """
    parts: dict[str, list[_Raw]] = {}
    for shard in shards:
        names = tuple(shard.names)
        for piece in shard.pieces:
            for number, raw in _by_number(piece):
                name = names[number] if number < len(names) else f"(name {number} is missing)"
                parts.setdefault(name, []).append(raw)
    # each endpoint's records are let go of before the next one's columns are made
    return {name: _samples(parts.pop(name), origin_us) for name in sorted(parts)}


@frozen(kw_only=True)
class _Raw:
    """What is needed of some records, as they were written."""

    intended: NDArray[np.uint64]
    latency: NDArray[np.uint32]
    delay: NDArray[np.uint32]
    flags: NDArray[np.uint8]
    cause: NDArray[np.uint8]
    trace: NDArray[np.uint64]
    arrival: Bools

    def part(self, span: slice) -> "_Raw":
        return _Raw(
            intended=self.intended[span],
            latency=self.latency[span],
            delay=self.delay[span],
            flags=self.flags[span],
            cause=self.cause[span],
            trace=self.trace[span],
            arrival=self.arrival[span],
        )


def _together(parts: list[_Raw]) -> _Raw:
    return _Raw(
        intended=np.concatenate([each.intended for each in parts]),
        latency=np.concatenate([each.latency for each in parts]),
        delay=np.concatenate([each.delay for each in parts]),
        flags=np.concatenate([each.flags for each in parts]),
        cause=np.concatenate([each.cause for each in parts]),
        trace=np.concatenate([each.trace for each in parts]),
        arrival=np.concatenate([each.arrival for each in parts]),
    )


def _by_number(piece: bytes | memoryview) -> Iterator[tuple[int, _Raw]]:
    """Yield the records of each name, in the order that they came in."""
    records = np.frombuffer(piece, dtype=_DTYPE, count=len(piece) // RECORD.size)
    if not len(records):
        return
    number: NDArray[np.uint16] = records["name"].copy()
    # small numbers are sorted by radix: one pass for each of their bytes
    order = np.argsort(number.astype(np.uint8) if number.max() < 256 else number, kind="stable")
    rows = records.view(np.uint64).reshape(len(records), -1)
    sorted_ = np.take(rows, order, axis=0).view(_DTYPE)[:, 0]
    raw = _Raw(
        intended=sorted_["intended_us"].copy(),
        latency=sorted_["latency_us"].copy(),
        delay=sorted_["delay_us"].copy(),
        flags=sorted_["flags"].copy(),
        cause=sorted_["cause"].copy(),
        trace=sorted_["trace"].copy(),
        arrival=sorted_["slot"] != NO_SLOT,
    )
    count = np.bincount(number)
    ends = np.cumsum(count)
    for each in np.flatnonzero(count).tolist():
        yield each, raw.part(slice(ends[each] - count[each], ends[each]))


def _samples(parts: list[_Raw], origin_us: int) -> Samples:
    raw = _together(parts)
    parts.clear()
    # first the difference, in whole microseconds: a float would lose them after days of uptime
    after = raw.intended.astype(np.int64) - origin_us
    order = in_order(after)
    flags = raw.flags[order]
    good = (flags & Flag.GOOD) != 0
    return Samples(
        start=after[order] / 1e6,
        latency=raw.latency[order] / 1e6,
        delay=raw.delay[order] / 1e6,
        good=good,
        degraded=good & ((flags & Flag.DEGRADED) != 0),
        censored=(flags & Flag.CENSORED) != 0,
        saturated=(flags & Flag.SATURATED) != 0,
        arrival=raw.arrival[order],
        cause=raw.cause[order],
        trace=raw.trace[order],
    )


def in_order(values: Numbers) -> Numbers:
    """Return the indices that sort ``values``; equal ones keep their order.

    Value and index are packed into one number where both fit: sorting numbers is several times as fast as
    sorting indices by what they point to.
    """
    bits = len(values).bit_length()
    low = int(values.min())
    if (int(values.max()) - low).bit_length() + bits > 63:
        return np.argsort(values, kind="stable")
    packed = ((values - low) << bits) | np.arange(len(values))
    packed.sort()
    return packed & ((1 << bits) - 1)
