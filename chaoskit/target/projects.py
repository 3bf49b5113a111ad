"""Compose projects that runs bring up are written down before, so that ``chaoskit recover`` can end them."""

import datetime as dt
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from chaoskit.core.frozen import frozen
from chaoskit.target import compose, journal
from chaoskit.target.compose import ComposeError

_DOWN_WITHIN = 120.0


@frozen(kw_only=True)
class Kept:
    """A project that a process keeps, and the command that takes it down."""

    project: str
    keeper: journal.Keeper
    down: tuple[str, ...]
    time: str


def folder(journals: Path | None = None) -> Path:
    """Return the folder of the notes: beside that of the journals, by default this user's."""
    return (journals or journal.folder()).parent / "projects"


def note(run: str, project: str, engine: str, image: str, down: Sequence[str]) -> Path:
    """Write down, on the disk, that this process is about to bring a project up; return the note."""
    pid = os.getpid()
    keeper = journal.Keeper(
        run=run, pid=pid, born=journal.birth(pid) or 0, boot=journal.boot_id(), engine=engine, image=image
    )
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    kept = Kept(project=project, keeper=keeper, down=tuple(down), time=now)
    where = folder()
    where.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = where / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', project)[:100]}.{pid}.json"
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(kept), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path


def kept(journals: Path | None = None) -> Iterator[tuple[Path, Kept]]:
    """Return every note, with where it is; one that cannot be read was never acted upon."""
    for path in sorted(folder(journals).glob("*.json")):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            keeper = journal.Keeper(**said.pop("keeper"))
            yield path, Kept(keeper=keeper, **{**said, "down": tuple(said["down"])})
        except (OSError, ValueError, KeyError, TypeError):
            continue


def take_down(path: Path, found: Kept) -> str | None:
    """End a project and remove its note; return why that could not be, or None."""
    try:
        command = ["env", f"DOCKER_HOST={found.keeper.engine}", *found.down]
        done = compose.run(command, _DOWN_WITHIN)
    except ComposeError as problem:
        return str(problem)
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"compose ended with status {done.returncode}"])[-1]
    path.unlink(missing_ok=True)
    return None
