"""A process that we started: its lines and its end come as messages on one queue."""

import contextlib
import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from chaoskit.core.frozen import frozen

LAST_WORD = 8.0
"""Seconds that a process has to close its files and to say so: more than a busy machine should need."""


@frozen
class Line:
    """A process said something (one JSON object)."""

    name: str
    said: Mapping[str, Any]


@frozen
class Ended:
    """A process ended, with the status that the shell would see (128 + n for signal n)."""

    name: str
    status: int


@frozen
class Broke:
    """A thread of ours broke off; ``why`` is a sentence without a full stop."""

    name: str
    why: str


def explain(error: Exception) -> str:
    """Return the sentence about an error that nothing here foresaw."""
    return f"broke off, which is a bug in chaoskit ({type(error).__name__}: {error}); please report it"


class Mailbox(Protocol):
    """Where messages go; the controller's queue."""

    def put(self, message: object, /) -> None: ...


class Child:
    """A supervised process. Its standard error goes to ``log``; it ends when its input is closed."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        mailbox: Mailbox,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        speaks: bool = True,
    ) -> None:
        """Start it. With ``speaks``, standard output carries JSON lines; else it goes to the log too."""
        self.name = name
        self.log = log
        self._mailbox = mailbox
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if speaks else sink,
                stderr=sink,
                env=environment,
                cwd=folder,
                # Ctrl-C in a terminal goes to the whole group; only the controller may take it.
                start_new_session=True,
            )
        self._lock = threading.Lock()
        self._watcher = threading.Thread(target=self._watch, name=f"watch {name}", daemon=True)
        self._watcher.start()

    def is_alive(self) -> bool:
        """Tell whether the process has not ended yet."""
        return self._process.poll() is None

    @property
    def was_killed(self) -> bool:
        """Whether it has ended by a signal, and not by itself."""
        status = self._process.poll()
        return status is not None and status < 0

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send one JSON line; a process that has ended, or does not read, is told nothing."""
        assert self._process.stdin is not None
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def close(self) -> None:
        """Close its input: it then ends by itself."""
        assert self._process.stdin is not None
        with self._lock, contextlib.suppress(OSError):
            self._process.stdin.close()

    def end(self, grace: float) -> None:
        """Close its input, wait ``grace`` seconds, then terminate, then kill; return when it has ended."""
        self.close()
        for number, patience in ((None, grace), (signal.SIGTERM, 1.0), (signal.SIGKILL, 5.0)):
            if number is not None:
                self._process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
                break
        self._watcher.join(2.0)

    def _watch(self) -> None:
        try:
            self._listen()
        except Exception as error:  # noqa: BLE001 - else nobody would hear of it, nor of the process's end
            self._mailbox.put(Broke(f"listening to {self.name}", explain(error)))
        status = self._process.wait()
        self._mailbox.put(Ended(self.name, status if status >= 0 else 128 - status))

    def _listen(self) -> None:
        stdout = self._process.stdout
        if stdout is not None:
            for raw in stdout:
                try:
                    said = json.loads(raw)
                except ValueError:
                    with self.log.open("ab") as sink:  # nothing that it says is lost
                        sink.write(raw)
                    continue
                if isinstance(said, dict):
                    self._mailbox.put(Line(self.name, said))


def python(*arguments: str) -> list[str]:
    """Return the command that runs ``arguments`` with this interpreter."""
    return [sys.executable, "-u", *arguments]


Queue = queue.SimpleQueue[object]
