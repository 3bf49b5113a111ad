"""A process that has imported what a load process needs, and forks one for each test.

Started as a program with one end of a socket pair on its standard input. Each message is four descriptors:
the standard input, output and error of a new load process, and a pipe for its pid and, later, its status.
"""

import array
import importlib
import os
import select
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO

FROM_HERE = 0


class Warm:
    """The program, and the tests' end of its socket."""

    def __init__(self, log: Path) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, log.open("wb") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-u", __file__], stdin=theirs, stdout=sink, stderr=sink
            )

    def fork(self, log: Path) -> "Forked":
        """Return a new load process that writes its log to that file."""
        their_input, stdin = os.pipe()
        stdout, their_output = os.pipe()
        status, their_status = os.pipe()
        log_to = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        theirs = [their_input, their_output, log_to, their_status]
        socket.send_fds(self._socket, [b"fork"], theirs)
        for number in theirs:
            os.close(number)
        return Forked(os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb"), os.fdopen(status, "rb"))

    def close(self) -> None:
        self._socket.close()
        self._process.wait(30)


class Forked:
    """What `subprocess.Popen` is to a child, for a process that another one forked."""

    def __init__(self, stdin: IO[bytes], stdout: IO[bytes], status: IO[bytes]) -> None:
        self.stdin, self.stdout, self._status = stdin, stdout, status
        self.pid = int(status.readline())
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("a forked load process", timeout or 0.0)
        return status

    def _ended(self, within: float | None) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], within)[0]:
            self.returncode = int(self._status.readline())
            self._status.close()
        return self.returncode


def serve() -> None:
    """Fork a load process for each message; end with the socket."""
    # It comes first, for it lets gevent patch the process; and what it imports late is imported here.
    program = importlib.import_module("chaoskit.load.__main__")
    importlib.import_module("chaoskit.spec")
    importlib.import_module("chaoskit.load.process")
    import _socket

    import gevent
    from gevent import monkey

    # gevent's own would start the loop, or leave it to a loop that does not run here
    fork, wait, close = monkey.get_original("os", ["fork", "waitpid", "close"])
    orders = _socket.socket(fileno=FROM_HERE)
    while True:
        message, descriptors = _received(orders)
        if not message:
            return
        if fork() == 0:
            # This one waits, so that the status is known; the load process is its child.
            stdin, stdout, stderr, status = descriptors
            child = fork()
            if child == 0:
                close(status)
                gevent.reinit()  # else all would share what wakes the loop, which importing Locust has made
                for number, given in enumerate((stdin, stdout, stderr)):
                    os.dup2(given, number)
                    close(given)
                program.main()
            for number in (0, stdin, stdout, stderr):
                close(number)
            os.write(status, b"%d\n" % child)
            os.write(status, b"%d\n" % os.waitstatus_to_exitcode(wait(child, 0)[1]))
            os._exit(0)
        for number in descriptors:
            close(number)
        _reap(wait)


def _received(orders) -> tuple[bytes, list[int]]:
    message, extra, _, _ = orders.recvmsg(16, 256)
    numbers = array.array("i")
    for _, _, data in extra:
        numbers.frombytes(data)
    return message, list(numbers)


def _reap(wait) -> None:
    """Forget those that have ended."""
    while True:
        try:
            if wait(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


if __name__ == "__main__":
    serve()
