"""Keep a compose project: up, watched, and down again when our standard input closes.

A controller that dies by ``kill -9`` closes the pipe, so nothing of the project is left running. Run as
``python -m chaoskit.target.stack``. The first line of its input is the configuration; it says JSON lines:
``ready``, ``event`` (of a container) and ``failed``.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chaoskit.target import compose, projects
from chaoskit.target.compose import SERVICE, ComposeError, Found, Project
from chaoskit.target.engine import EngineError, connect

UP_WITHIN = 300.0
"""Seconds for images to be built and containers to start; until they are ready the experiment's own limit."""

GRACE = 5
PAUSE = 0.3


class Stack:
    """One project. ``say`` takes a line for the controller."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Raises ComposeError and EngineError where one of what it needs is not to be had."""
        self._engine = connect(config["engine"])
        if not self._engine.is_local:
            raise ComposeError(
                f"the engine at {self._engine.address} is not on this machine, and the proxy beside a "
                "service shares folders of this machine with it"
            )
        if not self._engine.has(config["image"]):
            raise ComposeError(
                f"the engine has no image {config['image']}, which the proxy needs; in chaoskit's checkout, "
                f"`docker build -t {config['image']} .` makes it"
            )
        os.environ["DOCKER_HOST"] = self._engine.address  # for all that we start
        self.service = str(config["service"])
        self.services = [str(each) for each in config["services"]]
        self.within = float(config["within"])
        self.logs = Path(config["logs"])
        self.is_attached = bool(config["attach"])
        self.is_kept = bool(config["keep"]) or self.is_attached
        self.drops_volumes = bool(config["drops_volumes"])
        files = [Path(config["file"])]
        if not self.is_attached:
            mounts = [(source, target) for source, target in config["mounts"]]
            files.append(self.logs / "compose-override.json")
            added = compose.override(self.service, config["variables"], mounts)
            files[1].write_text(added, encoding="utf-8")
        self.project = Project(
            name=str(config["project"]),
            files=tuple(files),
            program=compose.program(),
        )
        self.environment = compose.variables(config["profile"], config["environment"], os.environ)
        self._run = str(config["run"])
        self._image = str(config["image"])
        self._note: Path | None = None
        self._events: subprocess.Popen[str] | None = None
        self._last = "it said nothing"

    def up(self, gone: threading.Event) -> Mapping[str, Any]:
        """Start the services and what they depend on; return what is known of it when all of it is ready.

        Raises ComposeError; also when ``gone`` is set meanwhile.
        """
        if not self.is_attached:
            if not self.is_kept:
                down = self.project.by_name(*self._down())
                self._note = projects.note(
                    self._run, self.project.name, self._engine.address, self._image, down
                )
            try:
                self._finish(self._compose("up", "-d", *self.services), UP_WITHIN, gone)
            except ComposeError as problem:
                found = compose.containers(self.project.name)
                why = next((each.trouble for each in found if each.trouble is not None), None)
                raise ComposeError(f"{why}; {self._last_words(found)}" if why else str(problem)) from problem
        until = time.monotonic() + self.within
        while True:
            found = compose.containers(self.project.name)
            mine = [each for each in found if each.service == self.service]
            trouble = next((each.trouble for each in found if each.trouble is not None), None)
            if mine and trouble is None and all(each.is_ready for each in found):
                return self._ready(mine, found)
            if trouble is not None and not self.is_attached:
                raise ComposeError(f"{trouble}; {self._last_words(found)}")
            if self.is_attached and not mine:
                where = f"the project {self.project.name}"
                raise ComposeError(f"no container of the service {self.service} runs in {where}")
            if time.monotonic() > until:
                waiting = ", ".join(f"{e.service} is {e.health or e.status}" for e in found if not e.is_ready)
                raise ComposeError(f"not ready within {self.within:g}s: {waiting or 'no container'}")
            if gone.wait(PAUSE):
                raise ComposeError("the controller is gone")

    def watch(self) -> None:
        """Say what happens to the project's containers, for as long as it is there."""
        label = f"label={compose.PROJECT}={self.project.name}"
        wanted = [word for each in ("die", "start", "oom") for word in ("--filter", f"event={each}")]
        self._events = kept(
            ["docker", "events", "--filter", label, *wanted, "--format", "{{json .}}"], os.environ
        )
        threading.Thread(target=self._hear, name="events", daemon=True).start()

    def end(self) -> None:
        """Keep every container's log; take the project down, unless it is to be kept."""
        if self._events is not None:
            _let_go(self._events)
        with contextlib.suppress(ComposeError, OSError):
            for each in compose.containers(self.project.name):
                self._keep_log(each)
        if not self.is_kept:
            self._finish(self._compose(*self._down()), 120.0, None)
        if self._note is not None:
            self._note.unlink(missing_ok=True)

    def _down(self) -> list[str]:
        volumes = ["--volumes"] if self.drops_volumes else []
        return ["down", "--remove-orphans", "-t", str(GRACE), *volumes]

    def _ready(self, mine: list[Found], found: list[Found]) -> Mapping[str, Any]:
        return {
            "engine": self._engine.address,
            "project": self.project.name,
            "container": mine[0].id,
            "containers": len(mine),
            "networks": list(mine[0].networks),
            "services": sorted({each.service for each in found}),
            "names": compose.names_on(mine[0].networks),
        }

    def _compose(self, *words: str) -> subprocess.Popen[str]:
        process = kept(self.project.command(*words), self.environment, stderr=subprocess.STDOUT)
        threading.Thread(target=self._pass_on, args=(process,), name="compose", daemon=True).start()
        return process

    def _pass_on(self, process: "subprocess.Popen[str]") -> None:
        """Write what compose says to our own standard error, the target's log; keep the last of it."""
        assert process.stdout is not None
        for line in process.stdout:
            sys.stderr.write(line)
            self._last = line.strip() or self._last

    def _finish(self, process: "subprocess.Popen[str]", within: float, gone: threading.Event | None) -> None:
        until = time.monotonic() + within
        while process.poll() is None:
            is_alone = gone is not None and gone.is_set()
            if is_alone or time.monotonic() > until:
                _let_go(process)
                why = "the controller is gone" if is_alone else f"compose took longer than {within:g}s"
                raise ComposeError(why)
            time.sleep(0.05)
        if process.returncode:
            raise ComposeError(f"compose ended with status {process.returncode}: {self._last}")

    def _hear(self) -> None:
        assert self._events is not None
        assert self._events.stdout is not None
        for line in self._events.stdout:
            with contextlib.suppress(ValueError, KeyError):
                told = json.loads(line)
                names = told["Actor"]["Attributes"]
                say(
                    {
                        "event": {
                            "service": names.get(SERVICE, ""),
                            "container": told["Actor"]["ID"],
                            "what": told["Action"],
                            "status": names.get("exitCode"),
                        }
                    }
                )

    def _keep_log(self, each: Found) -> None:
        with (self.logs / f"container-{each.name}.log").open("wb") as sink:
            subprocess.run(
                ["docker", "logs", "--timestamps", each.id],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                timeout=30.0,
                check=False,
            )

    def _last_words(self, found: list[Found]) -> str:
        bad = next((each for each in found if each.trouble is not None), None)
        if bad is None:
            return "it said nothing"
        done = compose.run(["docker", "logs", "--tail", "3", bad.id])
        lines = (done.stdout + done.stderr).strip().splitlines()
        return f"its last words: {lines[-1].strip()!r}" if lines else "it said nothing"


def kept(
    command: Sequence[str], environment: Mapping[str, str], stderr: int | None = None
) -> "subprocess.Popen[str]":
    """Start a command that ends with us, also where we are killed: compose would go on bringing things up."""
    return subprocess.Popen(
        [sys.executable, "-m", "chaoskit.target.ward", "--grace", f"{GRACE}", "--", *command],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


def _let_go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait()


def main() -> int:
    """Keep one project until the input ends; return the process's exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # the pipe decides; not SIG_IGN, which compose would inherit
    first = sys.stdin.readline()
    if not first:
        return 0
    gone = threading.Event()
    threading.Thread(target=_read, args=(gone,), name="orders", daemon=True).start()
    stack = None
    status = 0
    try:
        stack = Stack(json.loads(first))
        ready = stack.up(gone)
        stack.watch()
        say({"ready": ready})
        gone.wait()
    except (ComposeError, EngineError, OSError, ValueError) as problem:
        say({"failed": str(problem)})
        status = 1
    finally:
        if stack is not None:
            with contextlib.suppress(ComposeError, OSError, subprocess.SubprocessError):
                stack.end()
    return status


def say(line: Mapping[str, Any]) -> None:
    """Send a line to the controller, if it is still there."""
    with contextlib.suppress(OSError, ValueError):
        print(json.dumps(line, separators=(",", ":")), flush=True)  # noqa: T201 - the protocol


def _read(gone: threading.Event) -> None:
    for _ in sys.stdin:
        pass
    gone.set()


if __name__ == "__main__":
    sys.exit(main())
