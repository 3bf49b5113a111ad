"""The proxy workers: one process that the others are forked from, told the same things, added up."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from chaoskit import __version__
from chaoskit.core.machine import Armed, Event, Failed, Up
from chaoskit.run.child import LAST_WORD, Child, Ended, Line, Queue, python
from chaoskit.run.crew import Crew, worker_name
from chaoskit.run.setup import Setup, memory_file


@dataclass(slots=True)
class Proxies:
    """All workers. ``listen`` is known when the first is up."""

    setup: Setup
    mailbox: Queue
    workers: list[str] = field(default_factory=list[str])  # those that serve
    processes: list[Child] = field(default_factory=list[Child])  # each of the first of some workers
    listen: str | None = None
    dns: str | None = None
    armed: dict[str, float] = field(
        default_factory=dict[str, float]
    )  # worker -> when it took the start instant
    launch: Callable[[int], list[str]] = field(
        default=lambda _: python("-m", "chaoskit.proxy")
    )  # the command of the worker with that number, which forks others
    t0: float | None = None
    _later: set[str] = field(default_factory=set[str])  # started when the run was going on already
    _retired: set[str] = field(default_factory=set[str])  # in a namespace that is gone
    lag: float = 0.0  # the worst lateness of a worker's event loop so far, seconds
    late: dict[str, list[tuple[float, float]]] = field(
        default_factory=dict[str, list[tuple[float, float]]]
    )  # worker -> when it was late, monotonic
    unkept: str | None = None  # a file that a process could not write, and why
    _ready: int = 0
    _started: int = 0  # workers, ever
    _memory: Path | None = None
    _totals: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    _asked: int = 0
    _told: dict[str, int] = field(default_factory=dict[str, int])  # worker -> the last question it answered

    def start(self) -> None:
        """Start the first worker, which forks the others."""
        self._memory = memory_file(self.setup)
        self._start()

    def owns(self, name: str) -> bool:
        """Tell whether a message from ``name`` is from a worker."""
        return name.startswith("proxy-")

    def hear(self, message: Line | Ended) -> Iterator[Event]:
        """Take what a worker said, and yield what it means for the run."""
        match message:
            case Line(name, {"ready": _} | {"lease": _} | {"failed": _}) | Ended(name, _) if (
                name in self._retired
            ):
                pass
            case Line(name, {"ready": ready}):
                yield from self._one_is_ready(name, ready)
            case Line(name, {"ack": "arm", "t": t}):
                self.armed[name] = float(t)
                if self._is_late(name):
                    yield Failed(name, "had the start instant only when a fault was due already")
                if all(each in self.armed for each in self.workers):
                    yield Armed()
            case Line(name, {"seen": _} as totals):
                self._totals[name] = totals
                self._told[name] = max(self._told.get(name, 0), int(totals.get("told", 0)))
                self.lag = max(self.lag, float(totals.get("lag", 0.0)))
                self.late[name] = [(float(start), float(stop)) for start, stop in totals.get("late", ())]
            case Line(name, {"lease": _}):
                yield Failed(name, "nothing was heard from the controller for longer than the lease")
            case Line(name, {"failed": why, "unkept": _}):
                self.unkept = self.unkept or str(why)
                yield Failed(name, str(why))
            case Line(name, {"failed": why}):
                yield Failed(name, str(why))
            case Ended(name, status):
                yield Failed(name, f"ended with status {status}")
            case _:
                pass

    def seen(self, provider: str) -> int:
        """Return how many attempts for ``provider`` all workers have seen.

        Where faults act on DNS questions alone, these are what proves that the proxy is on the way.
        """
        kind = "questions" if self.setup.experiment.needs_only_questions(provider) else "seen"
        return sum(int(each.get(kind, {}).get(provider, 0)) for each in self._totals.values())

    def reached(self, provider: str) -> int:
        """Return how often ``provider`` answered, or, where calls are not looked at, was connected to.

        Where faults act on DNS questions alone, how often the upstream resolver answered.
        """
        kind = "resolved" if self.setup.experiment.needs_only_questions(provider) else "reached"
        return sum(int(each.get(kind, {}).get(provider, 0)) for each in self._totals.values())

    def carried(self, provider: str) -> int:
        """Return how many turns (about one request each) spliced connections to ``provider`` have carried."""
        return sum(int(each.get("carried", {}).get(provider, 0)) for each in self._totals.values())

    def tell(self) -> int:
        """Ask every worker for its totals at once, with its record flushed; return the question's number."""
        self._asked += 1
        self._tell({"tell": self._asked})
        return self._asked

    def has_told(self, number: int) -> bool:
        """Tell whether all workers that serve have answered question ``number``: their totals are newer."""
        return all(self._told.get(each, 0) >= number for each in self.workers)

    def trouble(self, provider: str) -> str | None:
        """Return why ``provider`` was last not reached, or its client not served, if a worker knows."""
        told = (each.get("trouble", {}).get(provider) for each in self._totals.values())
        return next((str(each) for each in told if each is not None), None)

    def hits(self) -> dict[str, int]:
        """Return the hits of each injection so far, over all workers."""
        totals: dict[str, int] = defaultdict(int)
        for each in self._totals.values():
            for injection, hits in each.get("hits", {}).items():
                totals[injection] += int(hits)
        return totals

    def around(self) -> int:
        """Return how many packets went to the captured ports without coming here, as far as rules see it.

        Those that a later worker counts are of connections from the gap before it, which it resets: the gap
        itself is told.
        """
        return sum(
            int(each.get("around", 0)) for name, each in self._totals.items() if name not in self._later
        )

    def arm(self, t0: float) -> None:
        """Give every worker the start instant."""
        self.t0 = t0
        self._tell({"arm": t0})

    def again(self) -> None:
        """Start other workers in the place of all: the namespace that they were in is gone."""
        self._retired |= set(self.workers)
        for each in self.processes:
            each.close()
        self.listen = None
        self._start()

    def beat(self, number: int) -> None:
        """Renew the lease."""
        self._tell({"beat": number})

    def lift(self) -> None:
        """Faults off, for the rest of the run."""
        self._tell({"lift": True})

    def stop(self) -> None:
        """End all workers."""
        for each in self.processes:
            each.close()
        for each in self.processes:
            each.end(LAST_WORD)

    def _tell(self, message: Mapping[str, Any]) -> None:
        for each in self.processes:
            each.tell(message)

    def _start(self) -> None:
        first, *others = range(self._started, self._started + self.setup.workers)
        self._started += self.setup.workers
        self._ready = 0
        self.workers = [worker_name(each) for each in (first, *others)]
        if self.t0 is not None:
            self._later |= set(self.workers)
        name = self.workers[0]
        log = self.setup.folder.log(name)
        process = Child(name, self.launch(first), log=log, mailbox=Crew(self.mailbox))
        self.processes.append(process)
        process.tell(
            self.setup.configuration(
                worker=first,
                workers=self.setup.workers,
                others=others,
                leads=True,
                listen=str(self.setup.experiment.proxy.listen),
                ca=str(self.setup.ca.resolve()),
                memory=str(self._memory),
                dns=self.dns,
            )
        )

    def _is_late(self, name: str) -> bool:
        """Tell whether calls may have gone through a worker unharmed that a fault was about."""
        if self.t0 is None or name in self._later:  # of those that came later, the gap is told
            return False
        first = min((each.start for each in self.setup.experiment.injections), default=inf)
        return self.armed[name] > self.t0 + first

    def _one_is_ready(self, name: str, ready: Mapping[str, Any]) -> Iterator[Event]:
        self._ready += 1
        version = ready.get("version", __version__)
        if version != __version__:
            image = self.setup.experiment.target.image
            yield Failed(
                name, f"the image {image} has chaoskit {version}, and this is {__version__}: build it anew"
            )
            return
        if self.listen is None:
            self.listen = str(ready["listen"])
            self.dns = ready.get("dns")
            if self.t0 is not None:  # the run goes on already
                self.processes[-1].tell({"arm": self.t0})
        if self._ready == self.setup.workers:
            yield Up("proxy")
