"""``python -m chaoskit.target.keeper``: the process that holds all faults on containers of a run.

It outlives the controller, however that ends: when its input closes, or nobody has renewed the lease, it
takes everything back. It follows the timeline by itself, and writes down what it is about to do first.
"""

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from chaoskit.core.diagnostic import SpecError
from chaoskit.core.written import Written, closed
from chaoskit.spec import load
from chaoskit.target import journal
from chaoskit.target.agents import Agents
from chaoskit.target.engine import EngineError, connect
from chaoskit.target.events import starts
from chaoskit.target.follow import Follower, Say
from chaoskit.target.hold import Holder
from chaoskit.target.prospects import prepare, prospects

_TICK = 0.05
_LAST = 20.0
"""Seconds for which the last undo is tried before it is left to ``chaoskit recover``."""

_SLOWEST = 330.0
"""Seconds that one call to the engine may take: a stop has a grace of up to 300."""


class Record:
    """Says lines to the controller, and keeps those about deeds in the run's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "services.jsonl"
        self._path.touch()
        self._lock = threading.Lock()
        self._written = Written()

    def say(self, line: Mapping[str, Any]) -> None:
        """Say it; a controller that is gone hears nothing."""
        text = json.dumps(line, separators=(",", ":"))
        with self._lock:
            if "did" in line:
                # counted also where it cannot be written: that a deed is missing must be seen
                self._written = self._written.plus((text + "\n").encode())
                with contextlib.suppress(OSError), self._path.open("a", encoding="utf-8") as file:
                    file.write(text + "\n")
            with contextlib.suppress(OSError, ValueError):
                print(text, flush=True)  # noqa: T201 - the protocol

    def close(self) -> None:
        """Say what the file came to; no deed comes after."""
        self.say(closed({self._path.name: self._written}))


def main() -> int:
    """Keep the faults of one run; return the process's exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the pipe and the lease decide
    first = sys.stdin.readline()
    if not first.endswith("\n"):
        return 0
    config = json.loads(first)
    record = Record(Path(config["folder"]))
    try:
        return _keep(config, record.say)
    except (SpecError, EngineError, OSError, KeyError) as problem:
        record.say(
            {"failed": str(problem) if isinstance(problem, SpecError | EngineError) else repr(problem)}
        )
        return 1
    finally:
        record.close()


def _keep(config: Mapping[str, Any], say: Say) -> int:
    experiment = load(config["path"], config["text"], config["changes"], config["seed"])
    engine = connect(config["engine"])
    lease = float(config["lease"])
    me = journal.Keeper(
        run=str(config["run"]),
        pid=os.getpid(),
        born=journal.birth(os.getpid()) or 0,
        boot=journal.boot_id(),
        engine=engine.address,
        image=config["image"],
    )
    labels = {"chaoskit.run": me.run, "chaoskit.keeper": f"{me.boot} {me.pid} {me.born}"}
    agents = Agents(engine, config["image"], lease, labels)
    where = journal.folder()
    book = journal.Journal.create(me, where)
    holder = Holder(engine=engine, agents=agents, keeper=me, journal=book, folder=where)
    injections = experiment.service_injections
    follower = Follower(holder, injections, config["project"], lease, say)
    try:
        found = prospects(engine, injections, config["project"])
        problems = prepare(found, agents)
        names = {
            each.id: [p.container.name for p in found if p.injection == each and p.container]
            for each in injections
        }
        say({"ready": {"containers": names, "problems": problems}})
        threading.Thread(target=partial(starts, engine, follower.started), name="events", daemon=True).start()
        return _serve(follower, agents, say)
    finally:
        agents.close()
        book.close()


def _serve(follower: Follower, agents: Agents, say: Say) -> int:
    lines = _lines()
    pulse = 0.0
    is_lifting = False
    while True:
        with contextlib.suppress(queue.Empty):
            line = lines.get(timeout=_TICK)
            match line:
                case {"arm": int() | float() as start}:
                    follower.arm(float(start), time.monotonic())
                    say({"ack": "arm", "t": time.monotonic()})
                case {"beat": _}:
                    follower.beat(time.monotonic())
                case {"lift": True}:
                    follower.lift()
                    is_lifting = True
                case None | {"stop": True}:
                    return _end(follower, agents, say)
                case _:
                    print(f"not understood: {line!r}", file=sys.stderr)  # noqa: T201 - its log
        now = time.monotonic()
        if follower.has_expired(now):
            os.set_blocking(1, False)  # a controller that hangs must not hold us up as well
            say({"lease": "expired"})
            return _end(follower, agents, say)
        follower.turn(now)
        if now - pulse >= 1.0:
            pulse = now
            agents.beat()
        if is_lifting and follower.is_settled():
            is_lifting = False
            say({"ack": "lift", "t": time.monotonic(), "stuck": follower.stuck()})


def _end(follower: Follower, agents: Agents, say: Say) -> int:
    follower.lift()
    until = time.monotonic() + _LAST
    follower.turn(time.monotonic())
    while not follower.is_settled() or follower.stuck():
        if time.monotonic() > until + (0.0 if follower.is_idle() else _SLOWEST):
            break
        time.sleep(_TICK)
        follower.turn(time.monotonic())
        agents.beat()
    stuck = follower.stuck()
    if stuck:
        say({"failed": f"{'; '.join(stuck)}; `chaoskit recover` tries again"})
    return 1 if stuck else 0


def _lines() -> "queue.SimpleQueue[Mapping[str, Any] | None]":
    """Return what comes in; None is the end of it."""
    found: queue.SimpleQueue[Mapping[str, Any] | None] = queue.SimpleQueue()

    def listen() -> None:
        for raw in sys.stdin:
            with contextlib.suppress(ValueError):  # the last one may be cut short
                found.put(json.loads(raw))
        found.put(None)

    threading.Thread(target=listen, name="orders", daemon=True).start()
    return found


if __name__ == "__main__":
    sys.exit(main())
