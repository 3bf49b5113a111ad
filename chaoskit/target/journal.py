"""What chaoskit holds, written down before it is done, so that whoever comes later can take it back.

One file for each keeper, in a folder that all runs of this user share: a line about the keeper, then for
each fault on each container a line when it is about to be put (``Entry``) and one when it is off
(``{"left": n}``). Every line is on the disk before the act. A line that was cut short was never acted upon,
and counts as none.
"""

import fcntl
import json
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Container, Steps
from chaoskit.target import snapshot, state
from chaoskit.target.process import birth, boot_id

__all__ = ["Book", "Entry", "Holding", "Journal", "Keeper", "birth", "boot_id"]


@frozen(kw_only=True)
class Keeper:
    """Who holds it: a process, named so that another with the same number is not taken for it."""

    run: str
    pid: int
    born: int  # ticks after the machine's start
    boot: str  # changes with each start of the machine
    engine: str
    image: str

    def is_alive(self) -> bool:
        """Tell whether the process still runs."""
        return self.boot == boot_id() and self.born == birth(self.pid)


@frozen(kw_only=True)
class Entry:
    """A fault on a container. ``before`` is the container without any fault of ours."""

    n: int
    injection: str
    fault: str
    before: Container
    enter: Steps
    leave: Steps
    time: str


@frozen
class Book:
    """A journal as it was read: ``held`` is what is not off yet, oldest first."""

    path: Path
    keeper: Keeper
    held: tuple[Entry, ...]


@frozen
class Holding:
    """An entry that is not off yet, and who holds it."""

    keeper: Keeper
    entry: Entry


def folder() -> Path:
    """Return the folder of this user's journals."""
    return state.folder() / "journal"


@dataclass(slots=True)
class Journal:
    """A keeper's own journal, which it appends to."""

    path: Path
    _last: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def create(cls, keeper: Keeper, where: Path) -> "Journal":
        """Make the file, with its line about the keeper."""
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", keeper.run)[:100]
        path = where / f"{name}.{keeper.pid}.jsonl"
        while path.exists():  # of a process that had the same number, and may have left something to undo
            path = path.with_name(f"again-{path.name}")
        _append(path, {"keeper": asdict(keeper)})
        _sync(where)
        return cls(path)

    def number(self) -> int:
        """Return the number of the next entry."""
        with self._lock:
            self._last += 1
            return self._last

    def enter(self, entry: Entry) -> None:
        """Write down that a fault is about to be put."""
        with self._lock:
            _append(self.path, to_json(entry))

    def left(self, entry: Entry) -> None:
        """Write down that it is off."""
        with self._lock:
            mark_left(self.path, entry)

    def close(self) -> None:
        """Remove the file if nothing is held."""
        book = read(self.path)
        if book is None or not book.held:
            self.path.unlink(missing_ok=True)


def mark_left(path: Path, entry: Entry) -> None:
    """Write down that an entry is off, in whosever journal."""
    _append(path, {"left": entry.n})


def read_all(where: Path) -> list[Book]:
    """Return all journals, oldest first; what is none is passed over."""
    books = (read(each) for each in sorted(where.glob("*.jsonl"), key=lambda each: (_changed(each), each)))
    return [each for each in books if each is not None]


def read(path: Path) -> Book | None:
    """Return what a journal says; None where it does not even say whose it is."""
    try:
        return parse(path, path.read_bytes())
    except FileNotFoundError:
        return None


def parse(path: Path, raw: bytes) -> Book | None:
    """Return what the bytes of a journal say."""
    keeper: Keeper | None = None
    held: dict[int, Entry] = {}
    for line in raw.split(b"\n"):
        try:
            said = json.loads(line)
            if "keeper" in said:
                keeper = Keeper(**said["keeper"])
            elif "left" in said:
                held.pop(said["left"], None)
            else:
                entry = from_json(said)
                held[entry.n] = entry
        except (ValueError, TypeError, KeyError):
            continue  # cut short, and so never acted upon
    return None if keeper is None else Book(path, keeper, tuple(held.values()))


def holdings(where: Path, container: str) -> list[Holding]:
    """Return what is held on a container, by whomever, oldest first."""
    found = [Holding(book.keeper, entry) for book in read_all(where) for entry in book.held]
    return sorted(
        (each for each in found if each.entry.before.id == container), key=lambda each: each.entry.time
    )


@contextmanager
def locked(where: Path, container: str) -> Iterator[None]:
    """Be the only one, of all processes of this user, who puts or takes back faults on a container."""
    locks = where.parent / "locks"
    locks.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(locks / container, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def to_json(entry: Entry) -> dict[str, Any]:
    """Return an entry as plain data."""
    return {
        "n": entry.n,
        "injection": entry.injection,
        "fault": entry.fault,
        "before": snapshot.to_json(entry.before),
        "enter": [service.to_json(each) for each in entry.enter],
        "leave": [service.to_json(each) for each in entry.leave],
        "time": entry.time,
    }


def from_json(said: Mapping[str, Any]) -> Entry:
    """Return the entry that was written down; ValueError or KeyError where it is none."""
    return Entry(
        n=int(said["n"]),
        injection=str(said["injection"]),
        fault=str(said["fault"]),
        before=snapshot.from_json(said["before"]),
        enter=_steps(said["enter"]),
        leave=_steps(said["leave"]),
        time=str(said["time"]),
    )


def _steps(said: Sequence[Mapping[str, Any]]) -> Steps:
    return tuple(service.from_json(dict(each)) for each in said)


def _append(path: Path, line: Mapping[str, Any]) -> None:
    # It begins with a newline as well: the line before may have been cut short.
    raw = b"\n" + json.dumps(line, separators=(",", ":")).encode() + b"\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while raw:
            raw = raw[os.write(descriptor, raw) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(where: Path) -> None:
    descriptor = os.open(where, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
