"""Locust, set up for one experiment: its users, when they send, and where their samples go."""

import time
from pathlib import Path

import gevent
import locust
from locust.env import Environment

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.load import client_patches, locustfile, schedule
from chaoskit.load.arrivals import Arrivals, ClosedArrivals, OpenArrivals
from chaoskit.load.endpoint_user import Work, endpoint_user
from chaoskit.load.ledger import Ledger
from chaoskit.load.shard import Shard
from chaoskit.load.tally import Tally
from chaoskit.load.visits import Visits

GRACE = 1.0
"""Seconds after the deadline in which a request must have ended."""


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
        self._environment = self._set_up(part, mix)
        self._runner = self._environment.create_local_runner()
        self._failed: str | None = None
        self._is_spawned = False
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
        path = part.base / experiment.load.locustfile
        return locustfile.environment(path, experiment, self.arrivals, visits)

    def begin(self, at: float) -> None:
        """Start the users; the first arrival is due ``at`` (monotonic seconds)."""
        if self._count:
            self._runner.start(self._count, spawn_rate=self._count)
            assert self._runner.spawning_greenlet is not None
            self._runner.spawning_greenlet.link_exception(self._spawning_failed)
        self.arrivals.begin(at)

    def problem(self) -> str | None:
        """Return why this load cannot go on, or None."""
        if self._is_spawned and self._count and not self.arrivals.is_over and not self._runner.user_count:
            return f"all users ended before the load did: {self._last_error}"
        return self._failed

    def drain(self) -> None:
        """Send nothing new; wait for what is in flight, at most the deadline and a second more."""
        self.arrivals.drain(time.monotonic())
        until = time.monotonic() + self._experiment.load.deadline + GRACE
        gevent.sleep(0)  # users whose arrival is due this instant
        while self.ledger.in_flight and time.monotonic() < until:
            gevent.sleep(0.01)

    def end(self) -> None:
        """Close the record: what is still in flight is written as such."""
        self.arrivals.drain(time.monotonic())
        self.ledger.finish(time.monotonic())

    def _note(self, exception: BaseException, **_: object) -> None:
        self._last_error = f"{type(exception).__name__}: {exception}"

    def _spawned(self, **_: object) -> None:
        self._is_spawned = True

    def _spawning_failed(self, greenlet: gevent.Greenlet) -> None:
        error = greenlet.exception
        self._failed = f"the users could not be started: {type(error).__name__}: {error}"
