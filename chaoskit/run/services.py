"""Faults on services: a process of its own holds them, which outlives us to take them back."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from chaoskit.core.machine import Event, Failed, Up
from chaoskit.run.child import Child, Ended, Line, Queue, python
from chaoskit.run.setup import Setup

LEAVE_WITHIN = 60.0
"""Seconds to take everything back in: a container's start alone may need some."""


@dataclass(slots=True)
class Services:
    """The keeper of all faults on services, if there are any."""

    setup: Setup
    mailbox: Queue
    child: Child | None = field(default=None)

    def start(self, project: str | None) -> None:
        """Start it; it says when it has found every container."""
        experiment = self.setup.experiment
        self.child = Child(
            "services",
            python("-m", "chaoskit.target.keeper"),
            log=self.setup.folder.log("services"),
            mailbox=self.mailbox,
        )
        self.child.tell(
            self.setup.configuration(
                run=self.setup.folder.mark,
                project=project,
                image=experiment.target.image,
                engine=experiment.target.engine,
                lease=experiment.proxy.lease,
            )
        )

    def owns(self, name: str) -> bool:
        """Tell whether a message from ``name`` is the keeper's."""
        return name == "services"

    def hear(self, message: Line | Ended) -> Iterator[Event]:
        """Take what the keeper said, and yield what it means for the run."""
        match message:
            case Line(_, {"ready": {"problems": dict(problems)}}) if problems:
                yield Failed("services", "; ".join(f"{name}: {why}" for name, why in problems.items()))
            case Line(_, {"ready": _}):
                yield Up("services")
            case Line(_, {"lease": _}):
                yield Failed("services", "nothing was heard from the controller for longer than the lease")
            case Line(_, {"failed": why}):
                yield Failed("services", str(why))
            case Ended(_, status):
                yield Failed("services", f"ended with status {status}; see `chaoskit recover`")
            case _:
                pass

    def arm(self, t0: float) -> None:
        """Give it the start instant."""
        if self.child is not None:
            self.child.tell({"arm": t0})

    def beat(self, number: int) -> None:
        """Renew the lease."""
        if self.child is not None:
            self.child.tell({"beat": number})

    def lift(self) -> None:
        """Take everything back, for the rest of the run."""
        if self.child is not None:
            self.child.tell({"lift": True})

    def stop(self) -> None:
        """End it; what it holds, it takes back before."""
        if self.child is not None:
            self.child.end(LEAVE_WITHIN)
