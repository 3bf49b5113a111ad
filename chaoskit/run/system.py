"""The target: prepared, started under a ward, waited for, ended."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chaoskit.core.frozen import frozen
from chaoskit.core.machine import Event, Failed, Up
from chaoskit.proxy import ca
from chaoskit.run.aside import aside
from chaoskit.run.child import Child, Ended, Line, Queue, python
from chaoskit.run.setup import Setup
from chaoskit.target.ready import is_taken, wait_until_ready

GRACE = 5.0
PREPARE_WITHIN = 120.0
_WARD = python("-m", "chaoskit.target.ward", "--grace", f"{GRACE:g}", "--")


@frozen
class Looked:
    """The look at the target's readiness is over; ``problem`` is a sentence, or None."""

    problem: str | None


@dataclass(slots=True)
class System:
    """The target's process, if we start it at all."""

    setup: Setup
    mailbox: Queue
    child: Child | None = field(default=None)

    def prepare(self) -> str | None:
        """Run ``target.prepare`` to its end; return what went wrong, or None."""
        command = self.setup.experiment.target.prepare
        if not command:
            return None
        environment = self.setup.target_environment({})
        log = self.setup.folder.log("prepare")
        try:
            with log.open("wb") as sink:
                status = subprocess.run(
                    _resolve(command, environment),
                    cwd=self.setup.target_folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=sink,
                    timeout=PREPARE_WITHIN,
                    check=False,
                ).returncode
        except OSError as error:
            return f"target.prepare: cannot start `{command[0]}`: {error.strerror}"
        except subprocess.TimeoutExpired:
            return f"target.prepare: `{' '.join(command)}` took longer than {PREPARE_WITHIN:g}s"
        if status == 0:
            return None
        return f"target.prepare: `{' '.join(command)}` ended with status {status}; {last_words(log)}"

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
            environment = self.setup.target_environment(variables)
            self.child = Child(
                "target",
                python(
                    "-m",
                    "chaoskit.target.ward",
                    "--grace",
                    f"{GRACE:g}",
                    "--",
                    *_resolve(target.command, environment),
                ),
                log=self.setup.folder.log("target"),
                mailbox=self.mailbox,
                environment=environment,
                folder=self.setup.target_folder,
                speaks=False,
            )
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
            case Ended(_, status):
                yield Failed("target", f"ended with status {status}{self._last_words()}")
            case _:
                pass

    def stop(self) -> None:
        """End the target and everything that it started."""
        if self.child is not None:
            self.child.end(GRACE + 2.0)

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
