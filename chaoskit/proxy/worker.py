"""One proxy worker: an experiment and a place to listen, told what to do by lines of JSON."""

import asyncio
import contextlib
import gc
import json
import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chaoskit import __version__
from chaoskit.core.experiment import Address, Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.timeline import Timeline
from chaoskit.core.written import Written, closed
from chaoskit.proxy import direct
from chaoskit.proxy.capture import Capture
from chaoskit.proxy.dial import current
from chaoskit.proxy.dns import Dns
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.followed import LiveCall, LiveConnection, LiveQuestion
from chaoskit.proxy.fronts import Fronts
from chaoskit.proxy.gate import Gate
from chaoskit.proxy.memory import SharedMemory
from chaoskit.proxy.reception import Reception
from chaoskit.proxy.record import FLUSH_EVERY, Record
from chaoskit.proxy.routes import reverse_route
from chaoskit.proxy.switch import Switch
from chaoskit.proxy.tls import options

_PATIENCE = 0.5
"""Seconds that connections are given to end once they have been aborted."""


@frozen(kw_only=True)
class Setup:
    """Where one worker finds and leaves things. ``roots``: what providers' certificates are checked with.

    ``dns``: where the workers before this one answer DNS questions, once that is known.
    """

    folder: Path
    listen: Address
    ca_folder: Path
    roots: Path
    memory: Path
    worker: int = 0
    workers: int = 1
    leads: bool = True  # of those that share a redirect, it sets it
    dns: Address | None = None


class Worker:
    """Serves until told to stop. ``say`` sends one object to the controller."""

    def __init__(
        self, experiment: Experiment, setup: Setup, say: Callable[[Mapping[str, Any]], None]
    ) -> None:
        self._setup = setup
        self._say = say
        self._experiment = experiment
        self._switch = Switch(Timeline(experiment.injections), experiment.proxy.lease, time.monotonic)
        self._memory = SharedMemory(setup.memory, experiment.injections, lambda: self._switch.now)
        self._record = Record(setup.folder / f"calls-{setup.worker}.jsonl")
        self._fronts = Fronts(experiment, setup.folder, setup.worker)
        self._engine = Engine(
            experiment, self._switch, self._memory, self._record, setup.worker, fronts=self._fronts
        )
        given, tls = options(setup.ca_folder, setup.roots)
        tls.engine = self._engine
        self._reception = Reception(self._engine, given, tls, direct=direct.make(current()))
        self._gate = Gate(self._reception, leads=setup.leads)
        self._capture = Capture(
            experiment,
            self._engine,
            self._gate,
            run=setup.folder.name,
            leads=setup.leads,
            is_shared=setup.workers > 1,
        )
        self._capture.on_loss = lambda why: say({"failed": why})
        dns = experiment.proxy.dns
        self._dns = None if dns is None else Dns(self._engine, dns)
        self._told = 0
        self._is_unkept = False  # what happened could not be written down
        self._lateness = self._engine.lateness
        self._timers: list[asyncio.TimerHandle] = []

    async def start(self) -> Mapping[str, Any]:
        """Bind everything, say where that is, and return it. Raises InUseError, CaptureError and OSError."""
        is_shared = self._setup.workers > 1
        if self._experiment.edges:
            current().heard = self._fronts.see_names
        bound = await self._gate.listen(self._setup.listen, None, is_shared=is_shared)
        reverse: dict[str, str] = {}
        for provider in self._experiment.providers:
            if provider.reverse is not None:
                route = reverse_route(provider)
                reverse[provider.name] = str(
                    await self._gate.listen(provider.reverse, route, is_shared=is_shared)
                )
        gateways = await self._capture.start(bound)
        ready: dict[str, Any] = {
            "version": __version__,
            "listen": str(bound),
            "reverse": reverse,
            "gateway": gateways,
        }
        if self._dns is not None:
            where = self._setup.dns or self._dns.settings.listen
            bound = await self._dns.listen(where, is_shared=is_shared, leads=self._setup.leads)
            ready["dns"] = str(bound)
        self._probe()
        self._tell()
        self._say({"ready": ready})
        return ready

    def obey(self, line: Mapping[str, Any]) -> bool:
        """Do what one line says; False if the worker is to stop. A line that is unknown is a ValueError."""
        match line:
            case {"arm": int() | float() as start}:
                self._switch.arm(float(start))
                self._say({"ack": "arm", "t": time.monotonic()})
            case {"beat": _}:
                self._switch.beat()
                self._engine.spawn(self._capture.beat())
            case {"lift": True}:
                self._switch.lift()
                self._say({"ack": "lift", "t": time.monotonic()})
            case {"inspect": True}:
                self._say({"inspect": self._inspect()})
            case {"tell": int() as number}:
                self._told = number
                self._report()
            case {"stop": True}:
                return False
            case _:
                text = json.dumps(dict(line))
                raise ValueError(f"expected arm, beat, lift, inspect, tell or stop, got {text}")
        return True

    async def stop(self) -> None:
        """Faults off, listeners closed, connections dropped, record written: in this order."""
        self._switch.lift()
        await self._capture.stop()
        self._gate.close()
        if self._dns is not None:
            self._dns.close()
        for timer in self._timers:
            timer.cancel()
        deadline = time.monotonic() + _PATIENCE
        while self._engine.is_busy and time.monotonic() < deadline:  # noqa: ASYNC110 - no event says it
            await asyncio.sleep(0.01)
        for live in list(self._engine.live):
            self._engine.end(live)
        if self._reception.direct is not None:
            self._reception.direct.close()
        self._report()
        files: dict[str, Written] = {}
        for each in (self._record, self._fronts):
            try:
                files |= each.close()
            except OSError as problem:
                self._cannot_keep(problem)
        self._say(closed(files))
        self._memory.close()

    def _tell(self) -> None:
        if self._switch.has_expired():
            self._switch.lift()
            self._engine.spawn(self._capture.stop())
            self._say({"lease": "expired"})
        self._report()
        try:
            self._fronts.exchange()
        except OSError as problem:
            self._cannot_keep(problem)
        self._again(FLUSH_EVERY, self._tell)

    def _cannot_keep(self, problem: OSError) -> None:
        if not self._is_unkept:
            self._is_unkept = True
            self._say({"failed": f"{problem.filename}: {problem.strerror}", "unkept": True})

    def _report(self) -> None:
        """Say the totals so far, with all of the record that they come to in its file."""
        self._record.settle()
        try:
            self._record.flush()
        except OSError as problem:
            self._cannot_keep(problem)
        totals: dict[str, Any] = {
            "seen": dict(self._record.seen),
            "reached": dict(self._record.reached),
            "carried": dict(self._record.carried),
            "trouble": self._record.trouble,
            "hits": dict(self._record.hits),
            "lag": round(self._lateness.take_worst(), 6),
            "late": [(round(start, 3), round(stop, 3)) for start, stop in self._lateness.stretches],
            "around": self._capture.around,
        }
        if self._dns is not None:
            totals["questions"] = dict(self._record.questions)
            totals["resolved"] = dict(self._record.resolved)
        if self._told:  # in each line from now on: of several that wait to be read, only the last is sent
            totals["told"] = self._told
        self._say(totals)

    def _probe(self) -> None:
        def look() -> None:
            self._lateness.look()
            self._probe()

        self._again(self._lateness.expect() - time.monotonic(), look)

    def _again(self, seconds: float, work: Callable[[], None]) -> None:
        self._timers = [
            each for each in self._timers if not each.cancelled() and each.when() > time.monotonic()
        ]
        self._timers.append(asyncio.get_running_loop().call_later(seconds, work))

    def _inspect(self) -> dict[str, int]:
        live = self._engine.live
        gc.collect()
        _trim()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return {
            "memory": pages * resource.getpagesize(),
            "tasks": len(asyncio.all_tasks()),
            "fds": sum(1 for _ in Path("/proc/self/fd").iterdir()),
            "calls": sum(isinstance(each, LiveCall) for each in live),
            "connections": sum(isinstance(each, LiveConnection) for each in live),
            "questions": sum(isinstance(each, LiveQuestion) for each in live),
            "clients": len(self._reception.clients),
        }


def _trim() -> None:
    """Give back what the allocator keeps: 20 TLS handshakes at once leave 25 MB that nothing holds."""
    import ctypes  # noqa: PLC0415 - a worker that is never asked what it holds needs none

    with contextlib.suppress(AttributeError):  # another system's C library
        ctypes.CDLL(None).malloc_trim(0)
