"""Processes of this machine: which one a number means, whose child it is, and how to end it and no other.

Standard library only, and little of it: the ward imports this, and a target waits for the ward.
"""

import contextlib
import ctypes
import os
import select
import signal
import time
from collections.abc import Collection, Iterator

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_PR_SET_CHILD_SUBREAPER = 36


def boot_id() -> str:
    """Return what changes with each start of the machine."""
    return _read("/proc/sys/kernel/random/boot_id").decode("ascii").strip()


def birth(pid: int) -> int | None:
    """Return when a process started, in ticks after the machine's start; None if it has ended."""
    try:
        text = _read(f"/proc/{pid}/stat").decode(errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # its name may hold blanks and brackets
    return None if fields[0] in ("Z", "X") else int(fields[19])


def with_variable(name: str, value: str) -> Iterator[int]:
    """Yield the processes that were started with a variable of the environment, as far as we may look."""
    wanted = f"{name}={value}".encode()
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names only, and no Path for each process
        if entry.isdigit():
            with contextlib.suppress(OSError):
                if wanted in _read(f"/proc/{entry}/environ").split(b"\0") and birth(int(entry)) is not None:
                    yield int(entry)


def children() -> list[int]:
    """Return our own children. The process must have one thread."""
    try:
        return [int(word) for word in _read(f"/proc/self/task/{os.getpid()}/children").split()]
    except OSError:
        return []


def adopt_orphans() -> None:
    """Become the parent of whatever below us loses its own: what puts itself in the background stays here."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with(parent: int) -> None:
    """Have the kernel kill us when the thread that forked us ends; at once, if ``parent`` is gone already.

    An exec keeps this, but for one that takes another user's rights.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def end(found: Collection[tuple[int, int]], grace: float) -> list[int]:
    """End processes, each named by its number and birth: SIGTERM, and SIGKILL after ``grace`` seconds.

    Returns those that are still there. A number that means another process by now is left alone.
    """
    held: dict[int, int] = {}
    try:
        for pid, born in found:
            with contextlib.suppress(OSError):
                held[pid] = os.pidfd_open(pid)  # from here on it means this process, whatever ends
                if birth(pid) != born:
                    os.close(held.pop(pid))
        for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 2.0)):
            for descriptor in held.values():
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(descriptor, number)
            until = time.monotonic() + patience
            while held and (left := until - time.monotonic()) > 0:
                gone, _, _ = select.select(list(held.values()), [], [], left)
                for pid in [pid for pid, descriptor in held.items() if descriptor in gone]:
                    os.close(held.pop(pid))
        return sorted(held)
    finally:
        for descriptor in held.values():
            os.close(descriptor)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - start-up time matters here
        return file.read()
