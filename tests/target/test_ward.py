"""The ward: whatever it started ends with its standard input."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.socket


def ward(*command: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "chaoskit.target.ward", "--grace", "0.5", "--", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone(pid: int) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if not is_alive(pid):
            return True
        time.sleep(0.02)
    return False


def first_number(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


SLEEPER = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
DAEMON = """
import os, time
if os.fork():
    time.sleep(60)
os.setsid()
print(os.getpid(), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    "program", [SLEEPER, STUBBORN, DAEMON], ids=["plain", "ignores SIGTERM", "new session"]
)
def test_a_closed_pipe_ends_what_was_started(program: str) -> None:
    with ward(sys.executable, "-c", program) as process:
        pid = first_number(process)
        assert process.stdin is not None
        process.stdin.close()

        assert gone(pid)
        process.wait(10)


def test_a_killed_parent_leaves_nothing_behind() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            (
                "import subprocess, sys, time\n"
                "ward = [sys.executable, '-m', 'chaoskit.target.ward', '--']\n"
                f"command = [*ward, sys.executable, '-c', {SLEEPER!r}]\n"
                "p = subprocess.Popen(command, stdin=subprocess.PIPE)\n"
                "time.sleep(60)"
            ),
        ],
        stdout=subprocess.PIPE,
    )
    pid = first_number(parent)
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()

    assert gone(pid)


@pytest.mark.parametrize(
    ("program", "status"), [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137)]
)
def test_the_status_is_the_commands_own(program: str, status: int) -> None:
    with ward(sys.executable, "-c", program) as process:
        assert process.wait(10) == status


def test_a_command_that_does_not_exist_is_named() -> None:
    with ward("no-such-program") as process:
        _, err = process.communicate(timeout=10)

    assert process.returncode == 127
    assert err.decode() == "cannot start `no-such-program`: No such file or directory\n"
