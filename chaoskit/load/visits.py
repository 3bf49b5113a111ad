"""What a locustfile's user is doing: the arrival that it took, and the requests that it has made for it."""

import time
from dataclasses import dataclass, field
from itertools import count
from weakref import WeakKeyDictionary

import gevent
from gevent.local import local
from locust import User

from chaoskit.core.samples import NO_SLOT, NOT_SENT, Flag
from chaoskit.core.trace import number, traceparent
from chaoskit.load.arrivals import Arrivals, Claim
from chaoskit.load.causes import cause_of
from chaoskit.load.ledger import Ending, Ledger, Open
from chaoskit.load.occupation import Iteration, Occupation

_PAUSE, _LONGEST_PAUSE = 0.001, 0.05
"""Seconds after a task that sent nothing: a little longer after each in a row."""

KEY = "chaoskit"
"""Where a request's ``Sent`` is in the context that Locust hands to listeners of its ``request`` event."""


@dataclass(slots=True, eq=False)
class Sent:
    """A request of a user. ``answered`` is when its answer was there, which may be before it is judged."""

    entry: Open
    trace: str
    left: float  # seconds until its deadline, at the time it was sent
    answered: float | None = None
    iteration: Iteration | None = None


@dataclass(slots=True)
class Visit:
    """One user: the arrival of its current iteration, and how many requests it has made for it.

    ``empty`` counts its tasks in a row that sent nothing.
    """

    claim: Claim | None = None
    made: int = 0
    empty: int = 0
    is_in_task: bool = False
    iteration: Iteration | None = None
    unjudged: list[Sent] = field(default_factory=list[Sent])


class Visits:
    """All users of this process."""

    def __init__(self, ledger: Ledger, *, seed: int, deadline: float, process: int) -> None:
        """Keep records in ``ledger``."""
        self._ledger = ledger
        self._seed = seed
        self._deadline = deadline
        self._process = process
        self._extra = count()
        self._of: WeakKeyDictionary[User, Visit] = WeakKeyDictionary()
        self._here = local()
        self.occupation = Occupation(time.monotonic())

    def of(self, user: User) -> Visit:
        """Return what ``user`` is doing."""
        found = self._of.get(user)
        if found is None:
            found = self._of[user] = Visit()
        return found

    def enter(self, visit: Visit, arrivals: Arrivals) -> bool:
        """Wait for the next arrival, and begin an iteration for it; False when there will be no more.

        A task that sent nothing has left its arrival to the next one, until its deadline has passed.
        """
        self._here.visit = visit
        claim = visit.claim
        if claim is not None and not visit.made:
            visit.empty += 1
            # Such a task does not wait for anything: without this, no other user would ever run again.
            gevent.sleep(min(_PAUSE * visit.empty, _LONGEST_PAUSE))
            if not arrivals.is_open or time.monotonic() <= claim.intended + self._deadline:
                return not arrivals.is_over or arrivals.is_open
            self._unsent(claim)
        self.leave(visit)
        visit.claim, visit.made, visit.empty = arrivals.claim(), 0, 0
        if visit.claim is None:
            return False
        visit.iteration = self.occupation.begin(time.monotonic())
        return True

    def leave(self, visit: Visit) -> None:
        """Note that a user's iteration is over."""
        if visit.iteration is not None:
            self.occupation.end(visit.iteration, time.monotonic())
            visit.iteration = None

    def finish(self, until: float) -> None:
        """Note the arrivals up to ``until`` for which no request was made when the load ended: still open."""
        for visit in self._of.values():
            claim = visit.claim
            if claim is not None and not visit.made and claim.intended <= until:
                self._ledger.offered(NOT_SENT)
                self._ledger.open(NOT_SENT, claim.slot, claim.intended, until)
                visit.claim = None

    def _unsent(self, claim: Claim) -> None:
        self._ledger.offered(NOT_SENT)
        self._ledger.unsent(NOT_SENT, claim.slot, claim.intended, time.monotonic())

    def send(self, user: User | None, name: str) -> Sent:
        """Note that ``user`` sends a request now.

        The first of an iteration counts from the intended start; later ones, and ``on_start``'s, from now.
        """
        now = time.monotonic()
        visit = Visit() if user is None else self.of(user)
        claim = visit.claim
        slot, intended = (claim.slot, claim.intended) if claim and not visit.made else (NO_SLOT, now)
        arrival = f"extra/{self._process}/{next(self._extra)}" if claim is None else str(claim.slot)
        trace = traceparent(self._seed, arrival, visit.made)
        entry = self._ledger.open(name, slot, intended, now, number(trace))
        sent = Sent(entry, trace, intended + self._deadline - now, iteration=visit.iteration)
        if visit.iteration is not None:
            self.occupation.ask(visit.iteration, now)
        self._ledger.offered(name)
        visit.made += 1
        return sent

    def answered(self, sent: Sent) -> None:
        """Note that a request's answer is there, or that there will be none."""
        sent.answered = time.monotonic()
        if sent.iteration is not None:
            self.occupation.answered(sent.iteration, sent.answered)

    def judged(self, sent: Sent, name: str, status: int, size: int, error: BaseException | None) -> None:
        """Write the record of a request that the user's code, or Locust, has judged."""
        sent.entry.name = name
        ended = sent.answered or time.monotonic()
        cause = "none" if error is None else cause_of(error)
        flags = Flag.GOOD if error is None else Flag(0)
        if cause in ("deadline", "connect timeout") and ended - sent.entry.begun >= sent.left - 0.001:
            flags |= Flag.DEADLINE
        if status and cause in ("bad status", "bad answer"):
            flags |= Flag.CHECK_FAILED
        self._ledger.close(sent.entry, ended, Ending(status, size, flags, cause))

    def settle(self, visit: Visit) -> None:
        """Write what an iteration has left behind: answers in a ``with`` block that raised before judging."""
        for sent in visit.unjudged:
            ended = sent.answered or time.monotonic()
            self._ledger.close(sent.entry, ended, Ending(0, 0, Flag.CHECK_FAILED, "bad answer"))
        visit.unjudged.clear()

    def broke(self, claim: Claim, name: str) -> None:
        """Write the record of an iteration whose code failed before it sent anything."""
        self._ledger.offered(name)
        now = time.monotonic()
        entry = self._ledger.open(name, claim.slot, claim.intended, now)
        self._ledger.close(entry, now, Ending(0, 0, Flag(0), "other"))

    def foreign(self, name: str, seconds: float, size: int, error: BaseException | None) -> None:
        """Write the record of a request that a client of the user's own made and reported to Locust.

        Who made it is known by who reports it: the first of an iteration answers its arrival.
        """
        now = time.monotonic()
        began = now - max(0.0, seconds)
        visit: Visit = getattr(self._here, "visit", None) or Visit()
        claim = visit.claim
        slot, intended = (
            (claim.slot, min(claim.intended, began)) if claim and not visit.made else (NO_SLOT, began)
        )
        if visit.iteration is not None:
            self.occupation.foreign(visit.iteration, seconds, now)
        visit.made += 1
        self._ledger.offered(name)
        sent = Sent(self._ledger.open(name, slot, intended, began), "", intended + self._deadline - began)
        self.judged(sent, name, 0, size, error)
