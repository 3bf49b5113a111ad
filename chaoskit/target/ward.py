"""Keep one command and all that it starts: when our standard input closes, all of it ends.

A controller that dies by ``kill -9`` closes the pipe, so nothing that it started is left behind.
Run as ``python -m chaoskit.target.ward [--grace SECONDS] -- COMMAND...``; ends with the command's status.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

_PR_SET_CHILD_SUBREAPER = 36
NOT_FOUND = 127


def main(arguments: list[str]) -> int:
    """Run the command; return its exit status, or 128 + n when signal n ended it."""
    at = arguments.index("--")
    grace = float(arguments[1]) if at == 2 else 5.0
    command = arguments[at + 1 :]
    _adopt_orphans()
    with contextlib.suppress(ValueError):
        for number in (signal.SIGINT, signal.SIGTERM):
            # The pipe decides, not the terminal. Not SIG_IGN: the command would inherit that.
            signal.signal(number, lambda *_: None)
    try:
        # A session of its own: Ctrl-C in a terminal must reach the controller, which lifts the faults first.
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        print(f"cannot start `{command[0]}`: {error.strerror}", file=sys.stderr)  # noqa: T201 - its log
        return NOT_FOUND
    pidfd = os.pidfd_open(child.pid)
    ready, _, _ = select.select([pidfd, sys.stdin.fileno()], [], [])
    if pidfd not in ready:
        _end(child.pid, signal.SIGTERM)
        select.select([pidfd], [], [], grace)
    _end_descendants(child.pid, time.monotonic() + 1.0)
    status = child.wait()
    return status if status >= 0 else 128 - status


def _adopt_orphans() -> None:
    # A command that puts itself in the background would escape; as a subreaper we become its parent.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _end_descendants(pid: int, until: float) -> None:
    """Kill the command's group, then whatever else has become our child."""
    _end(pid, signal.SIGKILL)
    while time.monotonic() < until:
        others = [each for each in _children() if each != pid]
        if not others:
            return
        for each in others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(each, 0)


def _children() -> list[int]:
    path = f"/proc/self/task/{os.getpid()}/children"
    try:
        with open(path, encoding="ascii") as file:  # noqa: PTH123 - start-up time matters here
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
