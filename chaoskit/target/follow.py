"""Follow the timeline: want what it wants now, and have it put on containers and taken back.

Nothing here waits for the engine, and nothing that fails keeps the rest from going on.
"""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from chaoskit.core.service import Container, ServiceError, ServiceInjection
from chaoskit.target import containers
from chaoskit.target.crew import Crew
from chaoskit.target.engine import EngineError
from chaoskit.target.hold import HalfDoneError, Holder
from chaoskit.target.journal import Entry

_RETRY = 1.0
"""Seconds between two attempts to take something back."""

type Say = Callable[[Mapping[str, Any]], None]
type Key = tuple[str, str]  # an injection and the id of a container


class Follower:
    """Holds the faults of a run: ``turn`` is called again and again."""

    def __init__(
        self,
        holder: Holder,
        injections: tuple[ServiceInjection, ...],
        project: str | None,
        lease: float,
        say: Say,
    ) -> None:
        self._holder = holder
        self._injections = injections
        self._project = project
        self._lease = lease
        self._say = say
        self._crew = Crew()
        self._lock = threading.Lock()
        self._start: float | None = None
        self._heard = 0.0
        self._is_off = False
        self._wanted: set[str] = set()
        self._held: dict[Key, Entry] = {}
        self._tried: dict[Key, float] = {}  # when taking it back was last begun
        self._complaints: dict[Key, str] = {}
        self._broken: set[Key] = set()  # put in part only

    def arm(self, start: float, now: float) -> None:
        """Follow the timeline, which begins at ``start``."""
        self._start, self._heard = start, now

    def beat(self, now: float) -> None:
        """Renew the lease."""
        self._heard = now

    def has_expired(self, now: float) -> bool:
        """Tell whether nobody has renewed the lease in time."""
        return self._start is not None and not self._is_off and now - self._heard > self._lease

    def lift(self) -> None:
        """Want nothing for the rest of the run."""
        self._is_off = True

    def turn(self, now: float) -> None:
        """Want what the timeline wants now, and see to it."""
        for number, each in enumerate(self._injections):
            is_on = self._start is not None and not self._is_off and each.is_on(now - self._start)
            if is_on and each.id not in self._wanted:
                self._wanted.add(each.id)
                self._crew.submit(f"service {each.service}", partial(self._strike, number, each))
            elif not is_on:
                self._wanted.discard(each.id)
        with self._lock:
            due = [key for key in self._held if self._is_over(key)]
            due = [key for key in due if now - self._tried.get(key, -_RETRY) >= _RETRY]
            self._tried |= dict.fromkeys(due, now)
        for key in due:
            self._crew.submit(key[1], partial(self._leave, key))

    def is_settled(self) -> bool:
        """Tell whether nothing is under way, and what was to be taken back has been tried."""
        with self._lock:
            return self._crew.is_idle() and all(
                key in self._complaints for key in self._held if self._is_over(key)
            )

    def is_idle(self) -> bool:
        """Tell whether nothing is under way."""
        return self._crew.is_idle()

    def stuck(self) -> list[str]:
        """Return what could not be taken back, a sentence each."""
        with self._lock:
            return [
                f"{key[0]} on {entry.before.name}: {self._complaints.get(key, 'not tried')}"
                for key, entry in self._held.items()
                if self._is_over(key)
            ]

    def started(self, container: str) -> None:
        """A container has begun a new life: put what was in its network namespace into the new one."""
        with self._lock:
            keys = [key for key in self._held if key[1] == container]
        for key in keys:
            self._crew.submit(container, partial(self._again, key))

    def _is_over(self, key: Key) -> bool:
        return key[0] not in self._wanted or key in self._broken

    def _strike(self, number: int, injection: ServiceInjection) -> None:
        holder = self._holder
        try:
            victims = containers.find(holder.engine, injection.service, self._project)
            around = containers.others(holder.engine, self._project)
        except (ServiceError, EngineError) as problem:
            self._did(injection.id, injection.service, "failed", why=str(problem))
            return
        table = f"{holder.keeper.run}_{holder.keeper.pid}_{number}"
        table = "chaoskit_" + "".join(each if each.isascii() and each.isalnum() else "_" for each in table)
        for each in victims:
            self._crew.submit(each.id, partial(self._enter, injection, each, around, table))

    def _enter(
        self, injection: ServiceInjection, victim: Container, around: tuple[Container, ...], table: str
    ) -> None:
        if injection.id not in self._wanted:
            why = "its time was over before the engine was done with what came before it"
            self._did(injection.id, victim.name, "failed", why=why)
            return
        try:
            fresh = containers.now(self._holder.engine, victim.id)
            if fresh is None:
                raise ServiceError("it is gone")  # noqa: TRY301 - one place says what failed
            entry, evidence = self._holder.enter(injection, fresh, around, table)
        except (ServiceError, EngineError) as problem:
            if isinstance(problem, HalfDoneError):
                with self._lock:
                    self._held[injection.id, victim.id] = problem.entry
                    self._broken.add((injection.id, victim.id))
            self._did(injection.id, victim.name, "failed", why=str(problem))
            return
        self._did(injection.id, victim.name, "entered", evidence=evidence)
        with self._lock:
            self._held[injection.id, victim.id] = entry

    def _leave(self, key: Key) -> None:
        with self._lock:
            entry = self._held.get(key)
        if entry is None:
            return
        try:
            evidence = self._holder.leave(entry)
        except EngineError as problem:
            if self._complaints.get(key) != str(problem):
                self._did(key[0], entry.before.name, "failed", why=f"cannot be taken back yet: {problem}")
            with self._lock:
                self._complaints[key] = str(problem)
            return
        verdict = {each: evidence.pop(each) for each in ("restored", "differs") if each in evidence}
        self._did(key[0], entry.before.name, "left", evidence=evidence, **verdict)
        with self._lock:
            for each in (self._held, self._tried, self._complaints):
                each.pop(key, None)
            self._broken.discard(key)

    def _again(self, key: Key) -> None:
        with self._lock:
            entry = self._held.get(key)
        if entry is None or key[0] not in self._wanted:
            return
        try:
            evidence = self._holder.again(entry)
        except (ServiceError, EngineError) as problem:
            self._did(key[0], entry.before.name, "failed", why=str(problem))
        else:
            if evidence:
                self._did(key[0], entry.before.name, "again", evidence=evidence)

    def _did(self, injection: str, container: str, what: str, **more: Any) -> None:
        line = {"injection": injection, "container": container, "what": what, "t": time.monotonic(), **more}
        self._say({"did": line})
