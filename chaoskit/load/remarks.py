"""What a load process has to say about a locustfile beside its samples: lines of ``users-<process>.jsonl``.

A line is a stretch of what the users did, or a note with how often it came up. Both go into the reports.
"""

import json
import logging
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chaoskit.core.written import Written

MOST = 50
"""Different notes; what differs only in its numbers is one. Further ones are counted together."""

_REST = "further notes about the locustfile: see the load's log"
_FIRST = 3


class Remarks:
    """The file of one process. Nothing is on disk before it is flushed."""

    def __init__(self, folder: Path, process: int) -> None:
        """Create the file when there is something to say."""
        self._path = folder / f"users-{process}.jsonl"
        self._texts: dict[str, str] = {}
        self._new: Counter[str] = Counter()
        self._written: Written | None = None
        self._lines: list[Mapping[str, Any]] = []

    def note(self, text: str) -> None:
        """Say ``text``, or count it once more."""
        key = alike(text)
        if key not in self._texts and len(self._texts) >= MOST:
            key = text = _REST
        self._new[self._texts.setdefault(key, text)] += 1

    def stretch(self, line: Mapping[str, Any]) -> None:
        """Say what the users did since the last one."""
        self._lines.append(line)

    def flush(self) -> None:
        """Put on disk what is new."""
        lines = [*self._lines, *({"note": text, "times": count} for text, count in self._new.items())]
        if lines:
            data = "".join(json.dumps(line) + "\n" for line in lines).encode()
            with self._path.open("ab") as file:
                file.write(data)
            self._written = (self._written or Written()).plus(data)
        self._lines.clear()
        self._new.clear()

    def files(self) -> dict[str, Written]:
        """Return what was written so far; nothing where there was nothing to say."""
        return {} if self._written is None else {self._path.name: self._written}


class Repeats(logging.Filter):
    """Lets the first few records of a kind through, then those whose count is a power of ten."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether ``record`` is written, and say how many there were."""
        text = record.getMessage()
        key = alike(f"{record.name} {record.levelno} {text}")
        if key not in self._seen and len(self._seen) >= 10 * MOST:
            key = ""
        self._seen[key] += 1
        count = self._seen[key]
        if count <= _FIRST:
            return True
        if str(count).strip("0") != "1":
            return False
        record.msg, record.args = f"{text} ({count} times so far; the others are left out)", ()
        return True


def alike(text: str) -> str:
    """Return what ``text`` is without its numbers, which are ids and times more often than not."""
    return re.sub(r"\d+", "#", text)
