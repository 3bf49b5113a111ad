"""The load's binary records as columns by endpoint, on the run's clock. Built for ten million samples."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chaoskit.core.samples import FIELDS, NO_SLOT, RECORD, Flag
from chaoskit.slos.evidence import Samples
from chaoskit.slos.scope import pooled

_DTYPE = np.dtype(list(FIELDS))


@dataclass(frozen=True, slots=True)
class Shard:
    """The records that one process of the load wrote, and the names that they point to."""

    data: bytes
    names: Sequence[str]


def columns(shards: Iterable[Shard], origin_us: int) -> Mapping[str, Samples]:
    """Return the samples by endpoint, sorted by intended start; seconds after ``origin_us``.

    Half a record at the end of a shard is left out: a crash may cut a file anywhere. A record that
    points to no name is kept under a name that no file can ask for, so that it is not lost silently.
    """
    parts: dict[str, list[Samples]] = {}
    for shard in shards:
        names = tuple(shard.names)
        whole = len(shard.data) // RECORD.size
        if not whole:
            continue
        records = np.frombuffer(shard.data, dtype=_DTYPE, count=whole)
        # 16-bit numbers are sorted by radix, which is one pass over them
        order = np.argsort(records["name"], kind="stable")
        count = np.bincount(records["name"])
        ends = np.cumsum(count)
        numbers: list[int] = np.flatnonzero(count).tolist()
        for number in numbers:
            group = order[ends[number] - count[number] : ends[number]]
            name = names[number] if number < len(names) else f"(name {number} is missing)"
            parts.setdefault(name, []).append(_samples(records[group], origin_us))
    return {name: pooled(parts[name]) for name in sorted(parts)}


def _samples(records: NDArray[np.void], origin_us: int) -> Samples:
    records = records[np.argsort(records["intended_us"], kind="stable")]
    flags: NDArray[np.uint8] = records["flags"]
    good = (flags & Flag.GOOD) != 0
    return Samples(
        # first the difference, in whole microseconds: a float would lose them after days of uptime
        start=(records["intended_us"].astype(np.int64) - origin_us) / 1e6,
        latency=records["latency_us"] / 1e6,
        delay=records["delay_us"] / 1e6,
        good=good,
        degraded=good & ((flags & Flag.DEGRADED) != 0),
        censored=(flags & Flag.CENSORED) != 0,
        saturated=(flags & Flag.SATURATED) != 0,
        arrival=records["slot"] != NO_SLOT,
        status=records["status"].copy(),
        cause=records["cause"].copy(),
    )
