"""The file of one process's samples, and the names that its records point to."""

import errno
import json
import os
from pathlib import Path

from chaoskit.core.samples import Sample
from chaoskit.core.written import Written

BUFFER = 64 * 1024
MOST_NAMES = 1000
OTHER = "(other names)"


class Shard:
    """``samples-<pid>.bin`` and its sidecar. Nothing is on disk before it is flushed."""

    def __init__(self, folder: Path, process: int, pid: int) -> None:
        """Create both files, empty."""
        self.written = 0
        self.problem: str | None = None  # a file that could not be written, and why
        self._process = process
        self._buffer = bytearray()
        self._names: dict[str, int] = {}
        self._sidecar = folder / f"samples-{pid}.json"
        self._on_disk = Written()
        self._names_on_disk = Written()
        self._write_names()
        self._path = folder / f"samples-{pid}.bin"
        self._file = self._path.open("wb", buffering=0)
        self._has_a_name = os.fstat(self._file.fileno()).st_nlink > 0  # some file systems never say
        if self.problem is not None:
            raise OSError(self.problem)

    def index(self, name: str) -> int:
        """Return the number of ``name``; a new one is in the sidecar before any record can use it.

        After 1000 names (a locustfile that puts ids into its names) all others count as one.
        """
        found = self._names.get(name)
        if found is not None:
            return found
        if len(self._names) >= MOST_NAMES:
            name = OTHER
        if name not in self._names:
            self._names[name] = len(self._names)
            self._write_names()
        return self._names[name]

    def write(self, sample: Sample) -> None:
        """Add a record."""
        self._buffer += sample.pack()
        self.written += 1
        if len(self._buffer) >= BUFFER:
            self.flush()

    def flush(self) -> None:
        """Put on disk what is buffered. Where that cannot be, ``problem`` says so, and no more is kept."""
        try:
            if self._has_a_name and not os.fstat(self._file.fileno()).st_nlink:
                raise FileNotFoundError(errno.ENOENT, "it was removed")
            while self._buffer:
                done = self._file.write(self._buffer) or 0
                self._on_disk = self._on_disk.plus(self._buffer[:done])
                del self._buffer[:done]
        except OSError as error:
            self._cannot_keep(self._path, error)

    def close(self) -> None:
        """Flush, and make sure that it survives the machine."""
        self.flush()
        try:
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            self._cannot_keep(self._path, error)

    def files(self) -> dict[str, Written]:
        """Return what was written into each of both files so far; of neither, where one could not be."""
        if self.problem is not None:
            return {}
        return {self._path.name: self._on_disk, self._sidecar.name: self._names_on_disk}

    def _write_names(self) -> None:
        draft = self._sidecar.with_suffix(".new")
        text = json.dumps({"names": list(self._names), "process": self._process}).encode()
        try:
            draft.write_bytes(text)
            draft.replace(self._sidecar)
        except OSError as error:
            self._cannot_keep(self._sidecar, error)
        self._names_on_disk = Written().plus(text)

    def _cannot_keep(self, path: Path, error: OSError) -> None:
        self._buffer.clear()
        self.problem = self.problem or f"{path}: {error.strerror}"
