"""The target: prepared, started under a ward, waited for, ended."""

import queue
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chaoskit.core.frozen import frozen
from chaoskit.core.machine import Event, Failed, Up
from chaoskit.proxy import ca
from chaoskit.run.aside import aside
from chaoskit.run.child import Child, Ended, Line, Mailbox, Queue, python
from chaoskit.run.setup import Setup
from chaoskit.target import commands, ward
from chaoskit.target.ready import is_taken, wait_until_ready

GRACE = 5.0
PREPARE_WITHIN = 120.0
_WARD = python("-m", "chaoskit.target.ward", "--grace", f"{GRACE:g}")
_AGAIN = "run it again"
_KILLED = f"was killed, and all of it ended with it, so that says nothing about the target; {_AGAIN}"


@frozen
class Looked:
    """The look at the target's readiness is over; ``problem`` is a sentence, or None."""

    problem: str | None


@frozen
class _Both:
    """A mailbox for what two are waiting for."""

    one: Mailbox
    other: Mailbox

    def put(self, message: object, /) -> None:
        self.one.put(message)
        self.other.put(message)


def _first(told: Queue, within: float) -> object:
    """Return the first message of a queue, or None when the time is over."""
    try:
        return told.get(timeout=within)
    except queue.Empty:
        return None


@dataclass(slots=True)
class System:
    """The target's process, if we start it at all."""

    setup: Setup
    mailbox: Queue
    child: Child | None = field(default=None)
    background: Child | None = field(default=None)  # the ward of what ``target.prepare`` has left running

    def prepare(self) -> str | None:
        """Run ``target.prepare`` to its end; return what went wrong, or None."""
        command = self.setup.experiment.target.prepare
        if not command:
            return None
        log = self.setup.folder.log("prepare")
        told: Queue = queue.SimpleQueue()
        self.background = self._ward("prepare", command, {}, _Both(told, self.mailbox), "--stay")
        said = " ".join(command)
        match _first(told, PREPARE_WITHIN):
            case Line(_, {"status": 0}):
                return None
            case Line(_, {"status": status}):
                return f"target.prepare: `{said}` ended with status {status}; {last_words(log)}"
            case Ended(_, ward.NOT_FOUND):
                return f"target.prepare: {last_words(log)}"
            case Ended(_, _):
                return f"target.prepare: the process that keeps `{said}` was killed; {_AGAIN}"
            case _:
                self.background.end(GRACE + 2.0)
                return f"target.prepare: `{said}` took longer than {PREPARE_WITHIN:g}s"

    def start(self, proxy: str | None, dns: str | None) -> Iterator[Event]:
        """Start the command with the proxy's variables, and look for its readiness.

        No variable is known to resolvers: ``CHAOSKIT_DNS`` is for the command to make use of.
        """
        target = self.setup.experiment.target
        if target.command:
            if is_taken(target.url):
                yield Failed(
                    "target",
                    f"{target.url} already answers: is another run, or the service itself, still there? "
                    "Stop it, or leave `target.command` out to use it as it is",
                )
                return
            variables = ca.environment(f"http://{proxy}", self.setup.ca, self.setup.extra_cas)
            if dns is not None:
                variables["CHAOSKIT_DNS"] = dns
            self.child = self._ward("target", target.command, variables, self.mailbox)
        self.look()

    def look(self) -> None:
        """Wait in the background until the target answers."""
        aside("readiness", self._look, self.mailbox)

    def hear(self, message: Line | Ended | Looked) -> Iterator[Event]:
        """Take news about the target, and yield what it means for the run."""
        match message:
            case Looked(None):
                yield Up("target")
            case Looked(problem) if problem is not None:
                yield Failed("target", f"{problem}{self._last_words()}")
            case Ended("prepare", _):
                if self.background is not None and self.background.was_killed:
                    yield Failed("ward", f"the process that keeps what target.prepare {_KILLED}")
            case Ended(_, _) if self.child is not None and self.child.was_killed:
                yield Failed("ward", f"the process that keeps the target {_KILLED}")
            case Ended(_, status):
                yield Failed("target", f"ended with status {status}{self._last_words()}")
            case _:
                pass

    def stop(self) -> None:
        """End the target and everything that it started."""
        for each in (self.child, self.background):
            if each is not None:
                each.end(GRACE + 2.0)
        commands.end_all(self.setup.folder.mark)

    def _ward(
        self, name: str, command: tuple[str, ...], variables: dict[str, str], mailbox: Mailbox, *more: str
    ) -> Child:
        """Start a command of the target's under a ward, which ends it and all that it starts."""
        environment = self.setup.target_environment(variables)
        note = ("--note", str(commands.folder()), self.setup.folder.mark)
        return Child(
            name,
            [*_WARD, *note, *more, "--", *_resolve(command, environment)],
            log=self.setup.folder.log(name),
            mailbox=mailbox,
            environment=environment,
            folder=self.setup.target_folder,
            speaks=bool(more),
        )

    def _look(self) -> Looked:
        target = self.setup.experiment.target
        problem = wait_until_ready(
            target.url,
            target.ready.get,
            target.ready.within,
            lambda: self.child is None or self.child.is_alive(),
        )
        return Looked(problem)

    def _last_words(self) -> str:
        return "" if self.child is None else f"; {last_words(self.child.log)}"


def last_words(log: Path) -> str:
    """Return a half sentence about what a log ends with."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    where = f"its log is {log.parent.name}/{log.name}"
    return f"its last words: {lines[-1].strip()!r} ({where})" if lines else f"it said nothing ({where})"


def _resolve(command: tuple[str, ...], environment: dict[str, str]) -> list[str]:
    """Find the program on the PATH that it will see itself, not on ours."""
    found = shutil.which(command[0], path=environment["PATH"])
    return [found or command[0], *command[1:]]
