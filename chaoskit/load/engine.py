"""Locust, set up for one experiment: its users, when they send, and where their samples go."""

import time
from pathlib import Path

import gevent
import locust
from locust.env import Environment
from locust.runners import STATE_CLEANUP, STATE_STOPPED, STATE_STOPPING

from chaoskit.core.experiment import MOST_USERS, Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.written import Written
from chaoskit.load import client_patches, locustfile, schedule
from chaoskit.load.arrivals import Arrivals, ClosedArrivals, OpenArrivals
from chaoskit.load.endpoint_user import Work, endpoint_user
from chaoskit.load.ledger import Ledger
from chaoskit.load.remarks import Remarks
from chaoskit.load.shard import Shard
from chaoskit.load.tally import Tally
from chaoskit.load.visits import Visits

LOOK = 0.1
"""Seconds between two looks at whether a locustfile needs more users."""

GRACE = 1.0
"""Seconds after the deadline in which a request must have ended."""


ENDING = (STATE_CLEANUP, STATE_STOPPING, STATE_STOPPED)


@frozen(kw_only=True)
class Part:
    """Which of the load processes this one is, and where things are."""

    base: Path  # the experiment file's folder, from which its relative paths count
    folder: Path  # the run's folder
    pid: int
    process: int = 0
    processes: int = 1


class Engine:
    """The load of one process."""

    def __init__(self, experiment: Experiment, part: Part) -> None:
        """Set everything up; nothing is sent. Raises ``LocustfileError``."""
        self.tally = Tally()
        self.ledger = Ledger(Shard(part.folder, part.process, part.pid), self.tally)
        self._experiment = experiment
        self._count = experiment.load.users_of(part.process)
        share = (part.process, part.processes)
        length = experiment.load.settle + experiment.length
        mix = (
            schedule.Mix(experiment.load.endpoints, experiment.seed)
            if experiment.load.locustfile is None
            else None  # endpoints beside a locustfile say more about its names, and ask for nothing
        )
        self.arrivals: Arrivals
        if experiment.load.users is None:
            due = schedule.of(experiment)
            self.arrivals = OpenArrivals(due, share, experiment.load.deadline, self.ledger, mix)
        else:
            self.arrivals = ClosedArrivals(share, length)
        client_patches.install()
        self._remarks = Remarks(part.folder, part.process)
        self._visits: Visits | None = None
        self._path = part.base / (experiment.load.locustfile or "")
        self._environment = self._set_up(part, mix)
        self._runner = self._environment.create_local_runner()
        self._failed: str | None = None
        self._is_spawned = False
        self._is_drained = False
        self._last_error = "no error was reported"
        events = self._environment.events
        events.user_error.add_listener(self._note)
        events.spawning_complete.add_listener(self._spawned)
        events.init.fire(environment=self._environment, runner=self._runner, web_ui=None)

    def _set_up(self, part: Part, mix: schedule.Mix | None) -> Environment:
        experiment = self._experiment
        if mix is not None:
            work = Work(
                url=experiment.target.url,
                load=experiment.load,
                seed=experiment.seed,
                mix=mix,
                arrivals=self.arrivals,
                ledger=self.ledger,
            )
            return Environment(user_classes=[endpoint_user(work)], events=locust.events)
        assert experiment.load.locustfile is not None
        visits = Visits(
            self.ledger, seed=experiment.seed, deadline=experiment.load.deadline, process=part.process
        )
        self._visits = visits
        return locustfile.environment(self._path, experiment, self.arrivals, visits, self._remarks.note)

    def begin(self, at: float) -> None:
        """Start the users; the first arrival is due ``at`` (monotonic seconds)."""
        if self._count:
            self._spawn()
        self.arrivals.begin(at)
        if self._visits is not None and self.arrivals.is_open:
            gevent.spawn(self._grow, self._visits)

    def _spawn(self) -> None:
        self._runner.start(self._count, spawn_rate=self._count)
        assert self._runner.spawning_greenlet is not None
        self._runner.spawning_greenlet.link_exception(self._spawning_failed)

    def _grow(self, visits: Visits) -> None:
        """Start more users as soon as the iterations that were seen need them."""
        load = self._experiment.load
        rate = (load.arrivals or 0.0) / load.processes
        while not self.arrivals.is_over and not self._is_drained:
            gevent.sleep(LOOK)
            if self._runner.state in ENDING:  # the file's own code stops its users: none takes their place
                return
            spawning = self._runner.spawning_greenlet
            alive = self._runner.user_count
            if not alive or spawning is None or not spawning.ready():
                continue
            wanted = visits.occupation.wanted(rate, load.deadline, alive)
            count = min(MOST_USERS, self._count + wanted - alive)
            if count > self._count:
                self._count = count
                self._spawn()
            elif wanted > alive:
                self._remarks.note(
                    f"{self._path.name}: its iterations take so long that {MOST_USERS} users, the most for "
                    "one process, are too few: ask for fewer `arrivals`, or give the load more `processes`"
                )
                return

    def flush(self) -> None:
        """Put on disk what is buffered, and what the users did since the last time."""
        self.ledger.flush()
        if self._visits is not None:
            now = time.monotonic()
            self._remarks.stretch(self._visits.occupation.stretch(self._runner.user_count, now))
        self._remarks.flush()

    def files(self) -> dict[str, Written]:
        """Return what was written into each file of the record so far."""
        return {**self.ledger.files(), **self._remarks.files()}

    def problem(self) -> str | None:
        """Return why this load cannot go on, or None."""
        if self.ledger.problem is not None:
            return self.ledger.problem
        if self._is_spawned and self._count and not self.arrivals.is_over and not self._runner.user_count:
            return f"all users ended before the load did: {self._last_error}"
        return self._failed

    def drain(self) -> None:
        """Send nothing new; wait for what is in flight, at most the deadline and a second more."""
        self._is_drained = True
        drained = time.monotonic()
        self.arrivals.drain(drained)
        until = time.monotonic() + self._experiment.load.deadline + GRACE
        gevent.sleep(0)  # users whose arrival is due this instant
        while self.ledger.in_flight and time.monotonic() < until:
            gevent.sleep(0.01)
        if self._visits is not None:
            self._visits.finish(drained)

    def end(self) -> None:
        """Close the record: what is still in flight is written as such."""
        self.arrivals.drain(time.monotonic())
        self.ledger.finish(time.monotonic())
        self.flush()

    def _note(self, exception: BaseException, **_: object) -> None:
        self._last_error = f"{type(exception).__name__}: {exception}"
        self._remarks.note(f"{self._path.name} raised: {locustfile.where(self._path, exception)}")

    def _spawned(self, **_: object) -> None:
        self._is_spawned = True

    def _spawning_failed(self, greenlet: gevent.Greenlet) -> None:
        error = greenlet.exception
        self._failed = f"the users could not be started: {type(error).__name__}: {error}"
