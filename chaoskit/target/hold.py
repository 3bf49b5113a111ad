"""Put faults on containers and take them back: the journal first, then the act, one by one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from chaoskit.core.frozen import frozen
from chaoskit.core.holding import claims, is_shared
from chaoskit.core.service import Container, ServiceError, ServiceInjection, Steps
from chaoskit.target import containers, journal, perform
from chaoskit.target.agents import Agents
from chaoskit.target.engine import Engine, EngineError
from chaoskit.target.journal import Entry, Holding, Journal, Keeper
from chaoskit.target.snapshot import differences, moves


class HalfDoneError(EngineError):
    """A fault was put in part only, and could not be taken back; ``entry`` stays in the journal."""

    def __init__(self, message: str, entry: Entry) -> None:
        super().__init__(message)
        self.entry = entry


@frozen(kw_only=True)
class Holder:
    """What a run holds containers with."""

    engine: Engine
    agents: Agents
    keeper: Keeper
    journal: Journal
    folder: Path

    def enter(
        self, injection: ServiceInjection, victim: Container, around: Sequence[Container], table: str
    ) -> tuple[Entry, dict[str, Any]]:
        """Put a fault on a container; return what is to be taken back, and the evidence.

        ServiceError or EngineError where that cannot be; then nothing is left of it, but for HalfDoneError.
        """
        with journal.locked(self.folder, victim.id):
            held = journal.holdings(self.folder, victim.id)
            before = held[0].entry.before if held else victim
            scene = containers.scene(before, around, table)
            steps, leave = injection.fault.enter(scene), injection.fault.leave(scene)
            perform.check(before, steps)
            shares = self._admit(steps, held, victim)
            entry = Entry(
                n=self.journal.number(),
                injection=injection.id,
                fault=injection.fault_name,
                before=before,
                enter=steps,
                leave=leave,
                time=dt.datetime.now(dt.UTC).isoformat(),
            )
            self.journal.enter(entry)
            if shares is not None:
                return entry, {"shared with": shares.keeper.run}
            try:
                return entry, perform.forward(steps, victim, self)
            except EngineError as problem:
                try:
                    perform.back(leave, victim, self)
                except EngineError as worse:
                    raise HalfDoneError(
                        f"{problem}; it cannot be taken back yet: {worse}", entry
                    ) from problem
                self.journal.left(entry)
                raise

    def again(self, entry: Entry) -> dict[str, Any]:
        """Put what was in the network namespace of a life before into the present one."""
        with journal.locked(self.folder, entry.before.id):
            return perform.forward(entry.enter, entry.before, self)

    def leave(self, entry: Entry) -> dict[str, Any]:
        """Take a fault back; return the evidence. EngineError where that cannot be; then it is still held."""
        with journal.locked(self.folder, entry.before.id):
            mine = Holding(self.keeper, entry)
            held = journal.holdings(self.folder, entry.before.id)
            if mine not in held:
                return {"taken back by": "chaoskit recover"}
            others = [each for each in held if each != mine]
            keeps = keeper_of(entry, others)
            if keeps is not None:
                self.journal.left(entry)
                return {"kept by": keeps.run}
            evidence = perform.back(entry.leave, entry.before, self)
            self.journal.left(entry)
            if others:
                return evidence  # it is not as before, and should not be
            after = containers.now(self.engine, entry.before.id)
            differs = differences(entry.before, after)
            if moved := moves(entry.before, after):
                evidence["moved"] = moved
            return {**evidence, "restored": not differs, "differs": differs}

    def _admit(self, steps: Steps, held: Sequence[Holding], victim: Container) -> Holding | None:
        """Return whose fault this one shares, or None. ServiceError where it may not be put."""
        for each in held:
            if is_shared(steps, each.entry.enter) and each.keeper.is_alive():
                return each
        for each in held:
            common = sorted(claims(steps) & claims(each.entry.enter))
            if common:
                raise ServiceError(f"{common[0]} is held by {_who(each)}")
        # one that another injection has paused can still be taken off a network, and the like
        if victim.state == "stopped" or (victim.state == "paused" and not held):
            who = f": {_who(held[-1])}" if held else ""
            raise ServiceError(f"it is {victim.state}{who}")
        return None


@frozen(kw_only=True)
class Hands:
    """What steps are performed with, without a run of its own."""

    engine: Engine
    agents: Agents = field(repr=False)


def keeper_of(entry: Entry, others: Sequence[Holding]) -> Keeper | None:
    """Return who still wants the same fault on the container, and will take it back for both."""
    return next(
        (
            each.keeper
            for each in others
            if is_shared(entry.enter, each.entry.enter) and each.keeper.is_alive()
        ),
        None,
    )


def _who(holding: Holding) -> str:
    who = f"`{holding.entry.injection}` of the run {holding.keeper.run}"
    if not holding.keeper.is_alive():
        return f"{who}, which has ended; `chaoskit recover` takes it back"
    return who
