"""The load processes: started together, told the same things, added up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chaoskit.core.guard import Counted
from chaoskit.core.machine import Drained, Event, Failed, Up
from chaoskit.run.child import LAST_WORD, Child, Ended, Line, Queue, python
from chaoskit.run.setup import Setup


@dataclass(slots=True)
class Loads:
    """All load processes, and what they have counted."""

    setup: Setup
    mailbox: Queue
    processes: list[Child] = field(default_factory=list[Child])
    unkept: str | None = None  # a file that a process could not write, and why
    _ready: int = 0
    _done: set[str] = field(default_factory=set[str])
    _ticks: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def start(self) -> None:
        """Start all processes."""
        count = self.setup.experiment.load.processes
        for number in range(count):
            name = f"load-{number}"
            child = Child(
                name, python("-m", "chaoskit.load"), log=self.setup.folder.log(name), mailbox=self.mailbox
            )
            self.processes.append(child)
            child.tell(self.setup.configuration(process=number, processes=count))

    def owns(self, name: str) -> bool:
        """Tell whether a message from ``name`` is from a load process."""
        return name.startswith("load-")

    def hear(self, message: Line | Ended) -> Iterator[Event]:
        """Take what a process said, and yield what it means for the run."""
        match message:
            case Line(_, {"ready": _}):
                self._ready += 1
                if self._ready == len(self.processes):
                    yield Up("load")
            case Line(name, {"tick": tick}):
                self._ticks[name] = tick["endpoints"]
            case Line(name, {"done": _}):
                self._done.add(name)
                if len(self._done) == len(self.processes):
                    yield Drained()
            case Line(name, {"failed": why, "unkept": _}):
                self.unkept = self.unkept or str(why)
                yield Failed(name, str(why))
            case Line(name, {"failed": why}):
                yield Failed(name, str(why))
            case Ended(name, status) if name not in self._done:
                yield Failed(name, f"ended with status {status}")
            case _:
                pass

    def totals(self) -> dict[str, Counted]:
        """Return what each endpoint that is judged has counted so far."""
        load = self.setup.experiment.load
        names = {name for each in self._ticks.values() for name in each if not load.leaves_out(name)}
        return {
            name: Counted(
                sum(int(each[name]["done"]) for each in self._ticks.values() if name in each),
                sum(int(each[name]["good"]) for each in self._ticks.values() if name in each),
            )
            for name in names
        }

    def offered(self) -> int:
        """Return how many requests were due so far."""
        return sum(int(row["offered"]) for each in self._ticks.values() for row in each.values())

    def p95(self) -> float | None:
        """Return the worst endpoint's 95th percentile over the last second, in seconds."""
        values = [row["p95"] for each in self._ticks.values() for row in each.values()]
        return max((float(each) for each in values if each is not None), default=None)

    def begin(self, at: float) -> None:
        """Say when the first arrival is due."""
        self._tell({"start": at})

    def drain(self) -> None:
        """Say that nothing new is due."""
        self._tell({"drain": True})

    def stop(self) -> None:
        """End all processes; what they have recorded stays."""
        self._tell({"stop": True})
        for each in self.processes:
            each.close()
        for each in self.processes:
            each.end(LAST_WORD)

    def _tell(self, message: Mapping[str, Any]) -> None:
        for each in self.processes:
            each.tell(message)
