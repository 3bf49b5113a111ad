"""Every rule about the order of a run is here: events in, commands out. It never waits.

    starting -> probing -> settling -> running -> draining -> closing -> done

starting  the parts are told to start, one after the other (mostly the proxy, then the target, then the load);
          each says when it is up
probing   one call per provider goes through the service's own path and must be seen by the proxy
settling  load runs, nothing is judged, no fault is on
running   the phases; injections follow the timeline in the proxy by themselves
draining  no new request; those in flight are waited for, then written as censored
closing   a last probe, then everything is stopped, the load and the target before the proxy

Whatever goes wrong at any time: faults off first, then the load, the target and the proxy stop.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from chaoskit.core.frozen import frozen


class State(StrEnum):
    """Where a run is."""

    STARTING = "starting"
    PROBING = "probing"
    SETTLING = "settling"
    RUNNING = "running"
    DRAINING = "draining"
    CLOSING = "closing"
    DONE = "done"


class Outcome(StrEnum):
    """How a run ended. Only ``JUDGED`` went through all phases."""

    JUDGED = "judged"
    NOT_STARTED = "not started"  # no fault was ever injected
    CRASHED = "crashed"
    ABORTED = "aborted"
    INTERRUPTED = "interrupted"


@frozen
class Started:
    """The run begins."""


@frozen
class Up:
    """A part (``proxy``, ``target``, ``services``, ``load``) is ready."""

    part: str


@frozen
class Failed:
    """A part ended, or never came up; ``why`` is a sentence without a full stop."""

    part: str
    why: str


@frozen
class Probed:
    """The probe of all providers is over; ``missing`` says for each unseen provider what was tried."""

    missing: tuple[str, ...] = ()


@frozen
class Armed:
    """All proxy workers and load processes have the start instant."""


@frozen
class BaselineSeen:
    """The first phase is over; ``problem`` says why it can teach nothing, if so."""

    problem: str | None = None


@frozen
class Tick:
    """Time passed."""


@frozen
class Drained:
    """The load has written its last sample and ended."""


@frozen
class Stopped:
    """Everything that was started has ended."""


@frozen
class Tripped:
    """An abort condition holds."""

    why: str


@frozen
class Interrupted:
    """Somebody wants the run to end: Ctrl-C or SIGTERM."""

    why: str


Event = (
    Started | Up | Failed | Probed | Armed | BaselineSeen | Tick | Drained | Stopped | Tripped | Interrupted
)


@frozen
class Start:
    """Start a part: one of the machine's ``order``."""

    part: str


@frozen
class Probe:
    """Send one call per provider through the service, and say whether the proxy saw it."""

    last: bool = False


@frozen
class Arm:
    """Give every worker and load process the start instant ``settle`` seconds from now."""

    settle: float


@frozen
class Lift:
    """Faults off, in every worker, for the rest of the run."""


@frozen
class Enter:
    """A phase begins."""

    phase: str


@frozen
class Drain:
    """Tell the load that no new request is due."""


@frozen
class StopAll:
    """Stop the load, the target and the proxy, in this order."""


@frozen
class CheckBaseline:
    """Say whether the first phase can teach anything."""


@frozen
class WakeAt:
    """Send a Tick ``t`` seconds after the first phase began."""

    t: float


@frozen
class Finish:
    """The run is over."""

    outcome: Outcome
    why: str


Command = Start | Probe | Arm | Lift | Enter | Drain | StopAll | CheckBaseline | WakeAt | Finish

ORDER = ("proxy", "target")
"""In which parts start, where the target needs the proxy's address."""

BESIDE = ("load",)
"""What starts at once, since it needs nothing of the others until it is told to begin."""

BASELINE_GUARD = 0.5
"""How many seconds before the first phase ends it is looked at: a stop must come before the first fault."""


@dataclass(slots=True)
class Machine:
    """A run. ``phases`` are (name, start, stop); times are seconds since the first phase began.

    ``order`` is that in which parts start that need one another, ``beside`` is what starts meanwhile.
    """

    phases: tuple[tuple[str, float, float], ...]
    settle: float
    order: tuple[str, ...] = ORDER
    beside: tuple[str, ...] = BESIDE
    state: State = State.STARTING
    entered: int = 0  # how many phases have begun
    checked: bool = False  # the baseline has been looked at
    ending: Finish | None = field(default=None)
    up: set[str] = field(default_factory=set[str])

    def handle(self, event: Event, now: float) -> Iterator[Command]:
        """Take one event at ``now`` and yield what to do about it, in order."""
        if self.state is State.DONE:
            return
        match event:
            case Interrupted(why):
                yield from self._end(Outcome.INTERRUPTED, why)
            case Tripped(why):
                yield from self._end(Outcome.ABORTED, why)
            case Failed(part, why):
                yield from self._failed(part, why)
            case Stopped():
                # Nobody was told to stop: then this is not the end of the run.
                if self.ending is not None:
                    self.state = State.DONE
                    yield self.ending
            case _:
                if self.ending is None:
                    yield from self._step(event, now)

    def _step(self, event: Event, now: float) -> Iterator[Command]:
        match self.state, event:
            case State.STARTING, Started():
                yield Start(self.order[0])
                for each in self.beside:
                    yield Start(each)
            case State.STARTING, Up(part):
                self.up.add(part)
                if part in self.order[:-1]:
                    yield Start(self.order[self.order.index(part) + 1])
                if self.up.issuperset((*self.order, *self.beside)):
                    self.state = State.PROBING
                    yield Probe()
            case State.PROBING, Probed(missing):
                if missing:
                    yield from self._end(Outcome.NOT_STARTED, "; ".join(missing))
                else:
                    self.state = State.SETTLING
                    yield Arm(self.settle)
            case State.SETTLING, Armed():
                yield WakeAt(0.0)
            case State.SETTLING | State.RUNNING, Tick():
                yield from self._advance(now)
            case State.RUNNING, BaselineSeen(problem) if problem is not None:
                yield from self._end(Outcome.NOT_STARTED, problem)
            case State.DRAINING, Drained():
                self.state = State.CLOSING
                yield Probe(last=True)
            case State.CLOSING, Probed():
                self.ending = Finish(Outcome.JUDGED, "all phases ran")
                yield StopAll()
            case _:
                pass

    def _advance(self, now: float) -> Iterator[Command]:
        while self.entered < len(self.phases) and now >= self.phases[self.entered][1]:
            name = self.phases[self.entered][0]
            self.state = State.RUNNING
            self.entered += 1
            yield Enter(name)
        if self.state is not State.RUNNING:
            yield WakeAt(0.0)
            return
        look_at = self.phases[0][2] - min(BASELINE_GUARD, 0.1 * self.phases[0][2])
        if not self.checked and now >= look_at:
            self.checked = True
            yield CheckBaseline()
        _, _, stop = self.phases[self.entered - 1]
        if now < stop:
            yield WakeAt(stop if self.checked else look_at)
        else:
            self.state = State.DRAINING
            yield Lift()
            yield Drain()

    def _failed(self, part: str, why: str) -> Iterator[Command]:
        if self.ending is not None:  # it was told to stop
            return
        before = self.state in (State.STARTING, State.PROBING, State.SETTLING)
        yield from self._end(Outcome.NOT_STARTED if before else Outcome.CRASHED, f"{part}: {why}")

    def _end(self, outcome: Outcome, why: str) -> Iterator[Command]:
        if self.ending is not None:
            return
        self.ending = Finish(outcome, why)
        self.state = State.CLOSING
        # Faults off first, whatever else is broken.
        yield Lift()
        yield StopAll()
