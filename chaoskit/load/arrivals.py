"""Who sends when: users claim slots of the schedule (open model), or send as they please (closed model)."""

import time
from collections.abc import Iterator
from itertools import chain, count
from typing import Protocol

import gevent
from gevent.event import Event

from chaoskit.core.frozen import frozen
from chaoskit.core.samples import NOT_SENT
from chaoskit.load.ledger import Ledger
from chaoskit.load.schedule import Mix, Schedule, Slot


@frozen
class Claim:
    """An arrival that a user has taken. ``intended`` is monotonic seconds."""

    slot: int
    intended: float


class Arrivals(Protocol):
    """What a user asks before each iteration."""

    @property
    def is_open(self) -> bool:
        """Whether arrivals come on schedule, whatever the users are doing."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether there will be no more."""
        ...

    def begin(self, at: float) -> None:
        """Set the instant of the first arrival; users wait for this."""
        ...

    def claim(self) -> Claim | None:
        """Wait for the next arrival and take it; None when there will be no more."""
        ...

    def drain(self, now: float) -> None:
        """Nothing new is due from ``now`` on."""
        ...

    def offer(self, now: float) -> None:
        """Count what has become due up to ``now``."""
        ...


class Gate:
    """Opens when the instant of the first arrival is known."""

    def __init__(self) -> None:
        """Start closed."""
        self.at: float | None = None
        self._open = Event()

    def begin(self, at: float) -> None:
        """Open."""
        self.at = at
        self._open.set()

    def wait(self) -> float:
        """Wait until it is open; return the instant."""
        self._open.wait()
        assert self.at is not None
        return self.at


class OpenArrivals:
    """The open model: an idle user claims ahead and sleeps, a busy one claims late; none is lost or early."""

    is_open = True

    def __init__(
        self, schedule: Schedule, part: tuple[int, int], deadline: float, ledger: Ledger, mix: Mix | None
    ) -> None:
        """Take the slots of process ``part[0]`` of ``part[1]``; ``mix`` is None for a locustfile."""
        self.is_over = False
        self._slots = schedule.slots(*part)
        self._offered = schedule.slots(*part)
        self._next: Slot | None = next(self._offered, None)
        self._deadline = deadline
        self._ledger = ledger
        self._mix = mix
        self._gate = Gate()
        self._drained: float | None = None
        self._returned: list[Slot] = []  # claimed by users that were stopped before they were due

    def begin(self, at: float) -> None:
        self._gate.begin(at)

    def claim(self) -> Claim | None:
        begin = self._gate.wait()
        for slot in self._left():
            due = begin + slot.due
            late = time.monotonic() - due
            if late > self._deadline:
                self._skip(slot, due)
                continue
            if late < 0:
                try:
                    gevent.sleep(-late)
                except (
                    gevent.GreenletExit
                ):  # the user is stopped while it waits: its arrival is due all the same
                    self._returned.append(slot)
                    raise
                if self._drained is not None and due > self._drained:
                    break
            return Claim(slot.number, due)
        self.is_over = True
        return None

    def drain(self, now: float) -> None:
        if self._drained is not None:
            return
        if self._gate.at is None:
            self._gate.begin(now)
        else:
            for slot in chain(sorted(self._returned, key=lambda slot: slot.number), self._slots):
                if self._gate.at + slot.due > now:
                    break
                self._skip(slot, self._gate.at + slot.due)
            self.offer(now)
        self._drained = now

    def offer(self, now: float) -> None:
        if self._mix is None or self._drained is not None or self._gate.at is None:
            return
        while self._next is not None and self._gate.at + self._next.due <= now:
            self._ledger.offered(self._name(self._next))
            self._next = next(self._offered, None)

    def _left(self) -> Iterator[Slot]:
        # Not `yield from`: closing that when one user stops would close the schedule of all of them.
        while self._drained is None:
            slot = self._returned.pop(0) if self._returned else next(self._slots, None)
            if slot is None:
                return
            yield slot

    def _skip(self, slot: Slot, due: float) -> None:
        if self._mix is None:
            self._ledger.offered(NOT_SENT)
        self._ledger.unsent(self._name(slot), slot.number, due, time.monotonic())

    def _name(self, slot: Slot) -> str:
        return NOT_SENT if self._mix is None else self._mix.at(slot.number).name


class ClosedArrivals:
    """The closed model: a user sends as soon as it is free. Slots count iterations, and differ by process."""

    is_open = False

    def __init__(self, part: tuple[int, int], length: float) -> None:
        """``length`` is how long the load runs, in seconds."""
        self.is_over = False
        self._numbers = count(*part)
        self._length = length
        self._gate = Gate()

    def begin(self, at: float) -> None:
        self._gate.begin(at)

    def claim(self) -> Claim | None:
        begin = self._gate.wait()
        early = begin - time.monotonic()
        if early > 0:
            gevent.sleep(early)
        now = time.monotonic()
        if self.is_over or now >= begin + self._length:
            self.is_over = True
            return None
        return Claim(next(self._numbers), now)

    def drain(self, now: float) -> None:
        self.is_over = True
        if self._gate.at is None:
            self._gate.begin(now)

    def offer(self, now: float) -> None:
        """Do nothing: what is sent is what was offered, and is counted then."""
