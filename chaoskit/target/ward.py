"""Keep one command and all that it starts: when our standard input closes, all of it ends.

A controller that dies by ``kill -9`` closes the pipe, so nothing that it started is left behind. Run as
``python -m chaoskit.target.ward [--grace SECONDS] [--note FOLDER RUN] [--stay] -- COMMAND...``; ends with
the command's status. With ``--stay`` it says ``{"status": n}`` when the command has ended, and what that left
in the background lives on until the input closes.

We may be killed ourselves. So we are two processes, each of which outlives the other: the outer one waits
for the inner one, which runs the command. Both adopt orphans, so that what the command has put into the
background comes to whichever is left, and is ended by it. The command itself is killed by the kernel when
the inner one ends. Whoever kills both at once, and the controller, leaves what runs in the background: its
note (``commands``) lets ``chaoskit recover`` find it.

A ward that lost a part of itself ends by a signal, which no command's status looks like from outside: then
it was not the command that failed.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

from chaoskit.core.frozen import frozen
from chaoskit.target import commands, process

NOT_FOUND = 127


@frozen(kw_only=True)
class Order:
    """What to run. ``notes`` is the folder of notes, if one is to be written."""

    command: list[str]
    grace: float = 5.0
    notes: Path | None = None
    run: str = ""
    stays: bool = False  # what the command leaves in the background lives until the input closes


def main(arguments: list[str]) -> int:
    """Run the command; return its exit status, or 128 + n when signal n ended it."""
    order = read(arguments)
    process.adopt_orphans()
    with contextlib.suppress(ValueError):
        for number in (signal.SIGINT, signal.SIGTERM):
            # The pipe decides, not the terminal. Not SIG_IGN: the command would inherit that.
            signal.signal(number, lambda *_: None)
    outer = os.getpid()
    me = (outer, process.birth(outer) or 0)
    inner = os.fork()
    if not inner:
        status = 1
        try:
            status = _keep(order, me)
        finally:
            sys.stdout.flush()
            os._exit(status)
    _, ended = os.waitpid(inner, 0)
    if os.WIFEXITED(ended):
        return os.WEXITSTATUS(ended)
    _end_children(time.monotonic() + 2.0)
    _forget(order, me)
    os.kill(outer, signal.SIGKILL)  # as it was: nobody may take this for the command's own end
    return 1


def read(arguments: list[str]) -> Order:
    """Return what the command line asks for."""
    at = arguments.index("--")
    words = iter(arguments[:at])
    grace, notes, run, stays = 5.0, None, "", False
    for word in words:
        match word:
            case "--grace":
                grace = float(next(words))
            case "--note":
                notes, run = Path(next(words)), next(words)
            case "--stay":
                stays = True
            case _:
                raise SystemExit(f"not understood: {word}")
    return Order(command=arguments[at + 1 :], grace=grace, notes=notes, run=run, stays=stays)


def _keep(order: Order, outer: tuple[int, int]) -> int:
    """Run the command to its end, or to that of our input or of the outer process."""
    process.adopt_orphans()  # a fork does not inherit it
    above = os.pidfd_open(outer[0])
    if os.getppid() != outer[0]:
        return 1
    me = os.getpid()

    def before() -> None:
        process.die_with(me)
        if order.notes is not None:
            try:
                commands.note(order.notes, order.run, outer, order.command)
            except OSError as problem:
                os.write(2, f"chaoskit recover will not know of this command: {problem}\n".encode())

    environment = {**os.environ, commands.VARIABLE: commands.mark(order.run, *outer)}
    try:
        # A session of its own: Ctrl-C in a terminal must reach the controller, which lifts the faults first.
        child = subprocess.Popen(
            order.command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr if order.stays else None,
            start_new_session=True,
            env=environment,
            preexec_fn=before,  # noqa: PLW1509 - we have one thread
        )
    except OSError as error:
        print(f"cannot start `{order.command[0]}`: {error.strerror}", file=sys.stderr)  # noqa: T201 - its log
        _forget(order, outer)
        return NOT_FOUND
    pidfd = os.pidfd_open(child.pid)
    ready, _, _ = select.select([pidfd, sys.stdin.fileno(), above], [], [])
    if pidfd not in ready:
        _end_group(child.pid, signal.SIGTERM)
        select.select([pidfd], [], [], order.grace)
    elif order.stays:
        print(f'{{"status": {_shown(child.wait())}}}', flush=True)  # noqa: T201 - the protocol
        if process.children():
            select.select([sys.stdin.fileno(), above], [], [])
    _end_group(child.pid, signal.SIGKILL)
    _end_children(time.monotonic() + 1.0, but=child.pid)
    status = child.wait()
    _forget(order, outer)
    return _shown(status)


def _shown(status: int) -> int:
    """Return a status as a shell shows it."""
    return status if status >= 0 else 128 - status


def _forget(order: Order, outer: tuple[int, int]) -> None:
    if order.notes is not None:
        with contextlib.suppress(OSError):
            commands.place(order.notes, order.run, outer).unlink()


def _end_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _end_children(until: float, but: int | None = None) -> None:
    """Kill whatever is our child, and what becomes so by that."""
    while time.monotonic() < until:
        others = [each for each in process.children() if each != but]
        if not others:
            return
        for pid in others:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
