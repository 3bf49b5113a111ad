"""The only loop that waits: messages to events, the machine's commands to the parts of a run."""

import queue
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, assert_never

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.guard import Counted, Guard
from chaoskit.core.machine import (
    Arm,
    BaselineSeen,
    CheckBaseline,
    Command,
    Drain,
    Enter,
    Event,
    Failed,
    Finish,
    Interrupted,
    Lift,
    Machine,
    Probe,
    Probed,
    Start,
    Started,
    StopAll,
    Stopped,
    Tick,
    Tripped,
    Up,
    WakeAt,
)
from chaoskit.run.aside import aside
from chaoskit.run.baseline import baseline_problem
from chaoskit.run.child import Broke, Ended, Line, Queue
from chaoskit.run.last_words import last_words
from chaoskit.run.loads import Loads
from chaoskit.run.meter import Meter
from chaoskit.run.probe import Probe as ProbeRequest
from chaoskit.run.probe import doubts, hopeless, probe
from chaoskit.run.progress import Observer, Progress
from chaoskit.run.proxies import Proxies
from chaoskit.run.recapture import Recapture
from chaoskit.run.services import Services
from chaoskit.run.setup import Setup
from chaoskit.run.stack import Stack
from chaoskit.run.system import Looked, System

LEAD = 0.3
"""Seconds between the order to begin and the first arrival, so that every process has it in time."""

REFRESH = 0.25
SILENCE = 5.0
"""Seconds without a word after which a process that is up counts as hung: all speak twice a second."""

PATIENCE = {"proxy": 30.0, "load": 60.0, "services": 30.0}  # the target's is its own ``ready.within``


@frozen
class Signal:
    """Somebody wants the run to end."""

    why: str


@frozen
class ProbeDone:
    """Each endpoint has been sent alone."""

    missing: tuple[str, ...]  # why nothing would be hit
    doubts: tuple[str, ...]  # what is not proven of single endpoints
    sent: tuple[ProbeRequest, ...]
    last: bool


@frozen(kw_only=True)
class Ending:
    """How a run ended, and what its record needs besides the files of its parts."""

    finish: Finish
    t0: float | None  # monotonic seconds; None: no phase ever began
    events: tuple[tuple[float | None, str], ...]
    problems: tuple[str, ...]
    lag: float
    probes: tuple[ProbeRequest, ...]
    late: Mapping[str, Sequence[tuple[float, float]]]  # when each worker was late, monotonic
    files: Mapping[str, Any]  # of the record, with what their processes wrote there
    unkept: str | None  # a file of the record that could not be written, and why


class Controller:
    """One run. ``run()`` returns when everything that it started has ended."""

    def __init__(self, setup: Setup, observer: Observer) -> None:
        """Nothing is started yet."""
        experiment = setup.experiment
        self.setup = setup
        self.observer = observer
        self.mailbox: Queue = queue.SimpleQueue()
        self._proxies = Proxies(setup, self.mailbox)
        self._loads = Loads(setup, self.mailbox)
        self._stack = None
        if experiment.target.compose is not None:
            self._stack = Stack(setup, self.mailbox, may_end=self._may_end)
            self._proxies.launch = self._stack.beside
        self._system = self._stack or System(setup, self.mailbox)
        self._services = Services(setup, self.mailbox)
        self._guards = [Guard(each) for each in experiment.aborts]
        self._meter = Meter()
        self._machine = Machine(
            phases=tuple((each.name, each.start, each.stop) for each in experiment.phases),
            settle=experiment.load.settle,
            order=_order(experiment),
        )
        self._events: list[tuple[float, str]] = []
        self._problems: list[str] = []
        self._t0: float | None = None  # when the first phase begins, monotonic
        self._wake: float | None = None
        self._due: dict[str, float] = {}  # part -> when it must be up
        self._heard: dict[str, float] = {}  # process -> when it last gave figures
        self._phase: str | None = None
        self._probes: list[ProbeRequest] = []
        self._around = 0  # packets that had gone around the proxy when the first phase began
        self._finish: Finish | None = None
        self._closed: dict[str, Any] = {}  # files of the record, with what their processes wrote there
        self._recapture = Recapture(experiment, self._stack, self._proxies, self._problems)

    def interrupt(self, why: str) -> None:
        """End the run soon, faults first; safe to call from a signal handler."""
        self.mailbox.put(Signal(why))

    def run(self) -> Ending:
        """Run to the end, whatever the end is. Raises nothing that a run can cause."""
        try:
            self._loop()
        finally:
            # Whatever went wrong in here, nothing that we started may outlive us.
            self._stop_all()
            last_words(self.mailbox, self._closed, (self._proxies, self._loads))
        assert self._finish is not None
        return Ending(
            finish=self._finish,
            t0=self._t0,
            events=tuple((self._since(at), text) for at, text in self._events),
            problems=tuple(self._problems),
            lag=self._proxies.lag,
            probes=tuple(self._probes),
            late=self._proxies.late,
            files=self._closed,
            unkept=self._proxies.unkept or self._loads.unkept,
        )

    def _loop(self) -> None:
        problem = self._system.prepare()
        self._take([Started()] if problem is None else [Failed("target", problem)])
        beats = 0
        next_beat = next_look = time.monotonic()
        while self._finish is None:
            now = time.monotonic()
            if now >= next_beat:
                beats += 1
                self._proxies.beat(beats)
                self._services.beat(beats)
                next_beat = now + 1.0
            if now >= next_look:
                next_look = now + REFRESH
                self._look(now)
            if self._wake is not None and now >= self._wake:
                self._wake = None
                self._take([Tick()])
                continue
            due = min(next_beat, next_look, self._wake or next_look)
            try:
                message = self.mailbox.get(timeout=max(0.0, due - now))
            except queue.Empty:
                continue
            self._take(self._understand(message))

    def _understand(self, message: object) -> Iterator[Event]:
        match message:
            case Line(name, {"seen": _} | {"tick": _}):
                self._heard[name] = time.monotonic()
            case Line(name, {"done": _}) | Ended(name, _):
                self._heard.pop(name, None)
            case _:
                pass
        match message:
            case Line(_, {"closed": dict(files)}):
                self._closed.update(files)
            case Signal(why):
                yield Interrupted(why)
            case ProbeDone(missing, doubted, sent, last):
                self._probes += sent
                for doubt in doubted:
                    self._say(doubt)
                if last:
                    self._recapture.end(self._t0)
                    if (around := self._proxies.around() - self._around) > 0:
                        self._problems.append(f"{around} packets went to the captured ports around the proxy")
                yield Probed(missing)
            case Broke(name, why):
                yield Failed(name, why)
            case Looked():
                yield from self._system.hear(message)
            case Ended(name, _) if name in self._proxies.workers and self._recapture.is_early(self._t):
                self._say(f"{name} found no container to join yet; trying again")
            case Line(name, _) | Ended(name, _) if self._proxies.owns(name):
                yield from self._proxies.hear(message)
            case Line(name, _) | Ended(name, _) if self._loads.owns(name):
                yield from self._loads.hear(message)
            case Line(name, _) | Ended(name, _) if self._services.owns(name):
                yield from self._services.hear(message)
            case Line() | Ended():
                yield from self._system.hear(message)
                if self._machine.ending is None and (told := self._recapture.follow()) is not None:
                    self._due["proxy"] = time.monotonic() + PATIENCE["proxy"]
                    self._say(told)
            case _:
                raise TypeError(f"an unknown message: {message!r}")

    def _take(self, events: Iterable[Event]) -> None:
        pending = list(events)
        while pending:
            event = pending.pop(0)
            self._note(event)
            t = self._t
            for command in self._machine.handle(event, float("-inf") if t is None else t):
                pending += self._perform(command)

    def _perform(self, command: Command) -> list[Event]:
        match command:
            case Start(part):
                return self._start(part)
            case Probe(last):
                aside("probe", partial(self._probe, last), self.mailbox)
            case Arm(settle):
                begin = time.monotonic() + LEAD
                self._t0 = begin + settle
                self._proxies.arm(self._t0)
                self._services.arm(self._t0)
                self._loads.begin(begin)
            case Lift():
                self._proxies.lift()
                self._services.lift()
            case Enter(phase):
                if self._phase is None:
                    self._around = self._proxies.around()
                self._phase = phase
                self._say(f"phase `{phase}` began")
            case CheckBaseline():
                return [
                    BaselineSeen(baseline_problem(self.setup.experiment, self._loads.totals(), self._proxies))
                ]
            case Drain():
                self._say("no new request is due; waiting for those in flight")
                self._loads.drain()
            case WakeAt(t):
                assert self._t0 is not None
                self._wake = self._t0 + t
            case StopAll():
                self._stop_all()
                return [Stopped()]
            case Finish():
                self._finish = command
            case _:
                assert_never(command)
        return []

    def _start(self, part: str) -> list[Event]:
        if part in PATIENCE:
            self._due[part] = time.monotonic() + PATIENCE[part]
        match part:
            case "proxy":
                self._proxies.start()
            case "target":
                return list(self._system.start(self._proxies.listen, self._proxies.dns))
            case "services":
                self._services.start(None if self._stack is None else self._stack.project)
            case _:
                self._loads.start()
        return []

    def _stop_all(self) -> None:
        self._services.stop()  # what it holds, it lets go of first
        self._loads.stop()
        if self._stack is None:
            self._system.stop()
        self._proxies.stop()
        if self._stack is not None:  # its networks can only go when no proxy is on them
            self._stack.stop()

    def _probe(self, last: bool) -> ProbeDone:  # noqa: FBT001 - a command's own field
        experiment = self.setup.experiment
        sent = tuple(probe(experiment, self._proxies, is_last=last))
        # at the end it is too late to stop for it: the verdict is made from the record
        missing = () if last else tuple(hopeless(experiment, self._proxies, sent))
        doubted = () if missing else tuple(doubts(sent, experiment))
        return ProbeDone(missing, doubted, sent, last)

    def _look(self, now: float) -> None:
        """Watch the abort conditions and the parts that are not up yet, and show the run."""
        self._recapture.try_again()
        t = self._since(now)
        totals = self._loads.totals()
        every = Counted(sum(c.done for c in totals.values()), sum(c.good for c in totals.values()))
        arrivals, errors = self._meter.show(now, self._loads.offered(), every)
        if t is not None and t >= 0:
            for guard in self._guards:
                why = guard.show(t, totals)
                if why is not None:
                    self._take([Tripped(why)])
        for part, due in list(self._due.items()):
            if now > due:
                del self._due[part]
                self._take([Failed(part, f"did not come up within {PATIENCE[part]:g}s")])
        # While messages wait to be read it is we who were slow.
        if self.mailbox.empty():
            for name, last in list(self._heard.items()):
                if now - last > SILENCE:
                    del self._heard[name]
                    self._take([Failed(name, f"said nothing for {SILENCE:g}s: it hangs, or was stopped")])
        self.observer.progress(
            Progress(
                state=self._machine.state,
                t=-self.setup.experiment.load.settle if t is None else t,
                length=self.setup.experiment.length,
                phase=self._phase,
                active=self._active(t),
                arrivals=arrivals,
                errors=errors,
                p95=self._loads.p95(),
                hits=self._proxies.hits(),
            )
        )

    def _active(self, t: float | None) -> tuple[str, ...]:
        every = () if t is None else self.setup.experiment.every_injection
        return tuple(each.id for each in every if t is not None and each.is_on(t))

    def _note(self, event: Event) -> None:
        match event:
            case Up(part):
                self._due.pop(part, None)
                again = self._recapture.done(self._t0) if part == "proxy" else None
                self._say(again or f"{part} is up")
            case Failed(part, why):
                if self._machine.ending is None:
                    self._say(f"{part}: {why}")
            case Tripped(why):
                self._say(f"abort condition: {why}; faults are off")
            case Interrupted(why):
                self._say(f"{why}: faults are off, stopping")
            case BaselineSeen(problem) if problem is not None:
                self._say(problem)
            case Probed(missing) if missing:
                for each in missing:
                    self._say(each)
            case _:
                pass

    def _say(self, text: str) -> None:
        now = time.monotonic()
        self._events.append((now, text))
        self.observer.event(self._since(now), text)

    def _may_end(self) -> bool:
        return self._recapture.may_end(self._t)

    @property
    def _t(self) -> float | None:
        return self._since(time.monotonic())

    def _since(self, now: float) -> float | None:
        return None if self._t0 is None else now - self._t0


def _order(experiment: Experiment) -> tuple[str, ...]:
    """Return in which order parts start that need one another: a proxy beside a service needs it there."""
    services = ("services",) if experiment.service_injections else ()
    if experiment.target.compose is not None:
        return ("target", "proxy", *services)
    return ("proxy", "target", *services)


def facts(ending: Ending) -> dict[str, Any]:
    """Return what ``run.json`` keeps of an ending."""
    return {
        "outcome": ending.finish.outcome.value,
        "why": ending.finish.why,
        "t0": ending.t0,
        "events": [[t, text] for t, text in ending.events],
        "problems": list(ending.problems),
        "proxy_lag": ending.lag,
        "probes": [each.row() for each in ending.probes],
        "late": dict(ending.late),
        "files": dict(ending.files),
    }
