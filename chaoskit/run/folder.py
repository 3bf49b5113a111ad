"""The run's folder: where everything that happened is kept."""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chaoskit.core.frozen import frozen

RUN_FILE = "run.json"
EXPERIMENT_FILE = "experiment.yaml"


@frozen
class Folder:
    """A run's folder, which is its whole record."""

    path: Path

    @property
    def run(self) -> str:
        """The run's id."""
        return self.path.name

    @property
    def mark(self) -> str:
        """A name for what the run makes elsewhere on the machine: no other folder's run has the same."""
        path = str(self.path.resolve()).encode()
        return f"{self.run[:40]}-{hashlib.sha256(path).hexdigest()[:8]}"

    def log(self, part: str) -> Path:
        """Return where the part's own words are kept."""
        return self.path / f"{part}.log"

    def write(self, name: str, text: str) -> Path:
        """Write a file of the record whole, or leave the old one, never half of it. OSError names it."""
        path = self.path / name
        draft = path.with_name(f".{name}.new")
        try:
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(path)) from error
        return path

    def write_run(self, facts: Mapping[str, Any]) -> None:
        """Write what the controller knows about the run."""
        self.write(RUN_FILE, json.dumps(facts, indent=1) + "\n")


def whole_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each line of a record with its number; one that a crash cut short is left out."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.endswith(b"\n"):
                yield number, line


def create(parent: Path, stamp: str, name: str) -> Folder:
    """Make a new folder ``<stamp>-<name>`` below ``parent``; a number is added if it exists."""
    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip(".-")[:60] or "run"
    parent.mkdir(parents=True, exist_ok=True)
    for i in range(1, 1000):
        path = parent / (f"{stamp}-{safe}" if i == 1 else f"{stamp}-{safe}-{i}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return Folder(path)
    raise FileExistsError(f"{parent}: too many runs called {stamp}-{safe}")
