"""Every request that was due leaves exactly one record: here it is opened and closed.

A load generator that records only answers records nothing while the target is silent: its report is green.
"""

from dataclasses import dataclass

from chaoskit.core.frozen import frozen
from chaoskit.core.samples import CAUSES, Flag, Sample
from chaoskit.core.written import Written
from chaoskit.load.shard import Shard
from chaoskit.load.tally import Tally

_CAUSE = {name: number for number, name in enumerate(CAUSES)}


@dataclass(slots=True, eq=False)
class Open:
    """A request that was sent and has no record yet. Times are monotonic seconds."""

    name: str
    slot: int
    intended: float
    begun: float
    trace: int = 0  # see ``Sample.trace_id``


@frozen
class Ending:
    """How a request ended; ``cause`` is one of ``CAUSES``."""

    status: int
    size: int
    flags: Flag
    cause: str


class Ledger:
    """The requests in flight, and where they go when they end."""

    def __init__(self, shard: Shard, tally: Tally) -> None:
        """Start with nothing in flight."""
        self._shard = shard
        self._tally = tally
        self._flying: set[Open] = set()
        self._is_closed = False
        self.censored = 0

    @property
    def in_flight(self) -> int:
        return len(self._flying)

    @property
    def written(self) -> int:
        """How many records there are."""
        return self._shard.written

    @property
    def problem(self) -> str | None:
        """A file of the record that could not be written, and why."""
        return self._shard.problem

    def files(self) -> dict[str, Written]:
        """Return what was written into each file of the record so far."""
        return self._shard.files()

    def offered(self, name: str) -> None:
        """Count an arrival that has become due."""
        self._tally.of(name).offered += 1

    def open(self, name: str, slot: int, intended: float, now: float, trace: int = 0) -> Open:
        """Note that a request goes out now; ``trace`` is 0 where it carries no trace id of ours."""
        entry = Open(name, slot, intended, now, trace)
        self._flying.add(entry)
        return entry

    def close(self, entry: Open, now: float, ending: Ending) -> None:
        """Write the record of a request that has ended; the second time, and after the end, do nothing."""
        if entry not in self._flying or self._is_closed:
            return
        self._flying.discard(entry)
        self._write(entry, now, ending)

    def unsent(self, name: str, slot: int, due: float, now: float) -> None:
        """Write the record of a request that was due and never sent: every user was busy."""
        if not self._is_closed:
            self._write(Open(name, slot, due, now), now, Ending(0, 0, Flag.SATURATED, "not sent"))

    def finish(self, now: float) -> None:
        """Write all that is in flight as still open, and take no more."""
        if self._is_closed:
            return
        self._is_closed = True
        for entry in sorted(self._flying, key=lambda each: each.begun):
            self.censored += 1
            self._write(entry, now, Ending(0, 0, Flag.CENSORED, "still open"))
        self._flying.clear()
        self._shard.close()

    def flush(self) -> None:
        """Put on disk what is buffered."""
        if not self._is_closed:
            self._shard.flush()

    def _write(self, entry: Open, now: float, ending: Ending) -> None:
        latency = max(0.0, now - entry.intended)
        self._shard.write(
            Sample(
                intended_us=round(entry.intended * 1e6),
                latency_us=round(latency * 1e6),
                delay_us=max(0, round((entry.begun - entry.intended) * 1e6)),
                size=ending.size,
                slot=entry.slot,
                name=self._shard.index(entry.name),
                status=ending.status,
                flags=ending.flags,
                cause=_CAUSE[ending.cause],
                trace_id=entry.trace,
            )
        )
        counts = self._tally.of(entry.name)
        counts.done += 1
        counts.good += Flag.GOOD in ending.flags
        counts.degraded += Flag.DEGRADED in ending.flags
        counts.recent.append((now, latency))
