"""A process that the bench starts: its CPU is read and its end is made by pid, its own children's too."""

import contextlib
import queue
import shutil
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from chaoskit.run.child import Child, Mailbox

_PATIENCE = 20.0
_SCHEDULED = 2  # the kernel's CPUCLOCK_SCHED


class Broken(Exception):  # noqa: N818 - a sentence for whoever runs the bench
    """Something did not start or did not answer as it must."""


class Process(Child):
    """A child of ours. Some peers start children of their own, which do not always end with them."""

    @property
    def pid(self) -> int:
        return self._process.pid

    def tail(self, lines: int) -> str:
        """Return the last lines of its log, as one."""
        said = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " / ".join(said[-lines:]) or "it said nothing"

    def family(self) -> list[psutil.Process]:
        """Return it and all that it has started and that still runs."""
        try:
            own = psutil.Process(self.pid)
            return [own, *own.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def end(self, grace: float) -> None:
        started = self.family()[1:]
        super().end(grace)
        for each in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(started, 3.0)


def start(
    stack: contextlib.ExitStack,
    name: str,
    command: Sequence[str],
    folder: Path,
    mailbox: Mailbox | None = None,
) -> Process:
    """Start a process that ends with the stack; with a mailbox it speaks, and takes orders, as workers do."""
    # dies with us even where we are killed by -9; the program keeps this pid
    prefix = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    process = Process(
        name,
        [*prefix, *command],
        log=folder / f"{name}.log",
        mailbox=mailbox or queue.SimpleQueue(),
        speaks=mailbox is not None,
    )
    # at once: Ctrl-C may come while we wait for it. Only a worker ends when its input does
    stack.callback(process.end, 3.0 if mailbox is not None else 0.0)
    return process


def pids(processes: Sequence[Process]) -> list[int]:
    """Return the pids of processes and of all that they have started. Slow: it looks through /proc."""
    return [member.pid for process in processes for member in process.family()]


def cpu(members: Sequence[int]) -> float:
    """Return the user and system CPU seconds that processes have used.

    By the kernel's clock for a process, not by /proc: that one counts in hundredths of a second.
    """
    total = 0.0
    for pid in members:
        with contextlib.suppress(OSError):  # it has just ended
            total += time.clock_gettime(~pid << 3 | _SCHEDULED)
    return total


def until_answers(port: int, process: Process) -> None:
    """Wait until somebody listens on a port of 127.0.0.1. Raises Broken."""
    until(lambda: _answers(port), process)


def until(is_ready: Callable[[], bool], process: Process) -> None:
    """Wait until a process is ready. Raises Broken where it ends or takes too long."""
    deadline = time.monotonic() + _PATIENCE
    while not is_ready():
        if not process.is_alive() or time.monotonic() > deadline:
            raise Broken(f"{process.name} did not start: {process.tail(3)}")
        time.sleep(0.005)


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nobody listened on a moment ago."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True
