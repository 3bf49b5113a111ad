"""Take back what runs have left behind that have ended without doing so themselves."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chaoskit.core.frozen import frozen
from chaoskit.target import commands, journal, perform, projects
from chaoskit.target.agents import Agents
from chaoskit.target.engine import Engine, EngineError, asking, connect
from chaoskit.target.hold import Hands, keeper_of
from chaoskit.target.journal import Book, Entry, Holding, Keeper

_LEASE = 30.0
_GRACE = 5


@frozen
class Undone:
    """What was done about one thing that was left; ``why`` is None where all is well."""

    what: str
    why: str | None = None


def held(where: Path) -> list[Holding]:
    """Return all that chaoskit holds now, of runs that live and of runs that do not."""
    return [Holding(book.keeper, entry) for book in journal.read_all(where) for entry in book.held]


def plan(where: Path, *, force: bool = False) -> list[str]:
    """Say what would be taken back, without doing anything."""
    lines: list[str] = []
    for book in _dead(where, force=force):
        for entry in reversed(book.held):
            steps = ", ".join(perform.describe(each) for each in entry.leave)
            lines.append(f"{_name(book.keeper, entry)}: {steps}")
    lines += [
        f"{_project(each)}: {' '.join(each.down)}"
        for _, each in projects.kept(where)
        if force or not each.keeper.is_alive()
    ]
    lines += [
        f"{command(found)}: end {', '.join(str(pid) for pid, _ in left)}"
        for _, found in commands.started(where)
        if (force or not found.is_kept()) and (left := found.processes())
    ]
    return lines


def recover(where: Path, *, force: bool = False) -> Iterator[Undone]:
    """Take everything back that runs have left which have ended, the newest first; yield what was done.

    ``force``: also of runs that are alive. It may be done again and again. EngineError where something is
    left and no engine answers.
    """
    for path, found in commands.started(where):
        if force or not found.is_kept():
            is_left = bool(found.processes())
            why = commands.end(path, found)
            if is_left:  # else only its note was left
                yield Undone(command(found), why)
    lost: EngineError | None = None
    for book in _dead(where, force=force):
        if book.held:
            try:
                yield from _replay(book, where)
            except EngineError as problem:
                lost = lost or problem  # another book may be about another engine
        again = journal.read(book.path)
        if again is not None and not again.held and not book.keeper.is_alive():
            book.path.unlink(missing_ok=True)
    if lost is not None:
        raise lost
    for path, project in projects.kept(where):
        if force or not project.keeper.is_alive():
            yield Undone(_project(project), projects.take_down(path, project))


def command(found: commands.Started) -> str:
    """Return the half sentence that names a command."""
    return f"the command `{' '.join(found.words)}` (process {found.command[0]}) of the run {found.run}"


def _project(found: projects.Kept) -> str:
    return f"the compose project {found.project} of the run {found.keeper.run}"


def sweep(engine: Engine) -> Iterator[Undone]:
    """End the helper containers of runs that have ended; asked to, they take back what they put."""
    with asking("cannot list the containers"):
        found = engine.client.api.containers(all=True, filters={"label": ["chaoskit=1"]})
    for each in found:
        if _is_orphan(each["Labels"]):
            name = str(each["Names"][0]).lstrip("/")
            what = f"the helper container {name} of the run {each['Labels'].get('chaoskit.run', '?')}"
            try:
                with asking("cannot stop it"):
                    if each.get("State") == "created":  # its keeper was killed before it could start it
                        engine.client.api.remove_container(each["Id"])
                    else:
                        engine.client.api.stop(each["Id"], timeout=_GRACE)
            except EngineError as problem:
                yield Undone(what, str(problem))
            else:
                yield Undone(what)


def _dead(where: Path, *, force: bool) -> list[Book]:
    books = [each for each in journal.read_all(where) if force or not each.keeper.is_alive()]
    return sorted(books, key=lambda each: max((entry.time for entry in each.held), default=""), reverse=True)


def _replay(book: Book, where: Path) -> Iterator[Undone]:
    keeper = book.keeper
    engine = connect(keeper.engine)  # a remote one was asked for by name when the run began
    agents = Agents(engine, keeper.image, _LEASE, {"chaoskit.run": keeper.run})
    hands = Hands(engine=engine, agents=agents)
    try:
        for entry in reversed(book.held):
            what = _name(keeper, entry)
            try:
                yield Undone(what + _leave(book, entry, where, hands))
            except EngineError as problem:
                yield Undone(what, str(problem))
    finally:
        agents.close()


def _leave(book: Book, entry: Entry, where: Path, hands: Hands) -> str:
    with journal.locked(where, entry.before.id):
        mine = Holding(book.keeper, entry)
        found = journal.holdings(where, entry.before.id)
        if mine not in found:
            return ": somebody else has just done so"
        keeps = keeper_of(entry, [each for each in found if each != mine])
        evidence: dict[str, Any] = {} if keeps else perform.back(entry.leave, entry.before, hands)
        journal.mark_left(book.path, entry)
        if keeps is not None:
            return f": the run {keeps.run} still holds it, and will take it back"
        return ": the container is gone" if evidence.get("gone") else ""


def _is_orphan(labels: dict[str, str]) -> bool:
    boot, pid, born = [*labels.get("chaoskit.keeper", "").split(" "), "", "", ""][:3]
    if boot != journal.boot_id():
        return False  # of another machine, perhaps; without its keeper it ends by itself
    with contextlib.suppress(ValueError):
        return journal.birth(int(pid)) != int(born)
    return False


def _name(keeper: Keeper, entry: Entry) -> str:
    return f"{entry.fault} on {entry.before.name} (`{entry.injection}` of the run {keeper.run})"
