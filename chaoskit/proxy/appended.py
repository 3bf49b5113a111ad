"""A file of lines that a worker writes, and counts as it writes."""

import errno
import os
from pathlib import Path

from chaoskit.core.written import Written


class Appended:
    """Lines that are on disk once they are flushed. What a full disk did not take waits for the next time."""

    def __init__(self, path: Path) -> None:
        """Open the file, which may have been begun."""
        self._path = path
        self._file = path.open("ab", buffering=0)
        self._waiting: list[str] = []
        self._rest = b""
        self._written = Written()
        self._has_a_name = os.fstat(self._file.fileno()).st_nlink > 0  # some file systems never say

    def add(self, line: str) -> None:
        """Add a line, given without its end."""
        self._waiting.append(line)

    def flush(self) -> None:
        """Hand everything to the operating system. OSError, with the file's path, if it takes no more."""
        if self._waiting:
            self._rest += ("\n".join(self._waiting) + "\n").encode("utf-8", "backslashreplace")
            self._waiting.clear()
        try:
            if self._has_a_name and not os.fstat(self._file.fileno()).st_nlink:
                raise FileNotFoundError(errno.ENOENT, "it was removed")
            while self._rest:
                done = os.write(self._file.fileno(), self._rest)
                self._written = self._written.plus(self._rest[:done])
                self._rest = self._rest[done:]
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self._path)) from error

    def close(self) -> dict[str, Written]:
        """Flush and close; return what was written, under the file's name."""
        try:
            self.flush()
        finally:
            self._file.close()
        return {self._path.name: self._written}
