"""Commands that wards start are written down before they begin, so that whoever comes later can end them.

A note is one file. The command's process writes it itself, between its fork and the program, so that it
holds the number by which it is known, and there is no command without a note. Standard library only.
"""

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from chaoskit.core.frozen import frozen
from chaoskit.target import process, state

VARIABLE = "CHAOSKIT_WARD"
"""In the environment of a command and of all that it starts: whose they are, also after a fork or two."""

GRACE = 2.0


@frozen(kw_only=True)
class Started:
    """A command that a ward keeps: ``ward`` and ``command`` are processes, by their numbers and births."""

    run: str
    boot: str
    ward: tuple[int, int]
    command: tuple[int, int]
    words: tuple[str, ...]
    time: str

    @property
    def mark(self) -> str:
        """The value of its ``VARIABLE``."""
        return mark(self.run, *self.ward)

    def is_kept(self) -> bool:
        """Tell whether its ward is still there."""
        pid, born = self.ward
        return self.boot == process.boot_id() and process.birth(pid) == born

    def processes(self) -> list[tuple[int, int]]:
        """Return what is left of it: the command, and whatever was started with its mark."""
        if self.boot != process.boot_id():
            return []
        pid, born = self.command
        found = {pid: born} if process.birth(pid) == born else {}
        for other in process.with_variable(VARIABLE, self.mark):
            if (begun := process.birth(other)) is not None:
                found[other] = begun
        return sorted(found.items())


def mark(run: str, pid: int, born: int) -> str:
    """Return what no other ward's commands have in their environment."""
    return f"{run}:{pid}:{born}"


def note(where: Path, run: str, ward: tuple[int, int], words: Sequence[str]) -> None:
    """Write down, on the disk, that this process is about to become a command."""
    pid = os.getpid()
    started = Started(
        run=run,
        boot=process.boot_id(),
        ward=ward,
        command=(pid, process.birth(pid) or 0),
        words=tuple(words),
        time=time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
    )
    where.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = place(where, run, ward)
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(started), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def place(where: Path, run: str, ward: tuple[int, int]) -> Path:
    """Return where the note about a ward's command is."""
    return where / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', run)[:100]}.{ward[0]}.{ward[1]}.json"


def folder(journals: Path | None = None) -> Path:
    """Return the folder of the notes: beside that of the journals, by default this user's."""
    return (state.folder() if journals is None else journals.parent) / "commands"


def started(journals: Path | None = None) -> Iterator[tuple[Path, Started]]:
    """Return every note, with where it is; one that cannot be read was never acted upon."""
    for path in sorted(folder(journals).glob("*.json")):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            lists = {name: tuple(said[name]) for name in ("ward", "command", "words")}
            yield path, Started(**{**said, **lists})
        except (OSError, ValueError, KeyError, TypeError):
            continue


def end(path: Path, found: Started, *, grace: float = GRACE) -> str | None:
    """End what is left of a command, and remove its note; return why that could not be, or None."""
    wards = [found.ward] if found.is_kept() else []
    left = process.end([*wards, *found.processes()], grace)  # what was forked meanwhile is the next round's
    left += process.end(found.processes(), 0.0)
    if left:
        return f"processes that do not end: {', '.join(map(str, left))}"
    with contextlib.suppress(OSError):
        path.unlink()
    return None


def end_all(run: str) -> None:
    """End what is left of a run's commands whose wards were killed. What does not end stays noted."""
    for path, found in started():
        if found.run == run:
            end(path, found)
