"""Whatever part of the ward is killed, and whoever is killed with it, nothing of the command stays."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chaoskit.target import commands, journal, process, recover

pytestmark = pytest.mark.socket

SLEEPER = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
BACKGROUND = """
import os, time
if os.fork():
    time.sleep(60)
os.setsid()
if os.fork():
    os._exit(0)
print(os.getpid(), flush=True)
time.sleep(60)
"""
WITHOUT_ENVIRONMENT = """
import os, subprocess, sys, time
program = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
subprocess.Popen([sys.executable, "-c", program], start_new_session=True, env={})
time.sleep(60)
"""
PROGRAMS = {
    "plain": SLEEPER, "ignores SIGTERM": STUBBORN, "in the background": BACKGROUND,
    "in the background without our environment": WITHOUT_ENVIRONMENT,
}  # fmt: skip
HOLDER = """
import subprocess, sys
held = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
print(held.pid, flush=True)
held.wait()
"""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return commands.folder()


@pytest.fixture
def ward(state: Path) -> Iterator[Callable[[str], tuple[subprocess.Popen[bytes], int, int]]]:
    """Start a ward below a process that stands for the controller; return that, the ward and the command."""
    started: list[subprocess.Popen[bytes]] = []
    everyone: list[int] = []

    def start(program: str) -> tuple[subprocess.Popen[bytes], int, int]:
        keep = ["-m", "chaoskit.target.ward", "--grace", "0.5", "--note", str(state), "run-1", "--"]
        command = [sys.executable, *keep, sys.executable, "-c", program]
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, *command], stdout=subprocess.PIPE)
        started.append(holder)
        assert holder.stdout is not None
        numbers = [int(holder.stdout.readline()) for _ in range(2)]
        everyone.extend(numbers)
        return holder, *sorted(numbers)  # type: ignore[return-value] - the command came later

    yield start
    for pid in everyone:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    for each in started:
        each.kill()
        each.communicate()


def inner(ward: int) -> int:
    return int(Path(f"/proc/{ward}/task/{ward}/children").read_text().split()[0])


def gone(pid: int, within: float = 8.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if process.birth(pid) is None:
            return True
        time.sleep(0.02)
    return False


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("part", ["outer", "inner", "outer and controller", "inner and controller"])
def test_a_killed_ward_leaves_nothing(
    ward: Callable[[str], tuple[subprocess.Popen[bytes], int, int]], state: Path, part: str, program: str
) -> None:
    holder, outer, command = ward(program)
    doomed = [outer if part.startswith("outer") else inner(outer)]
    kill(*doomed, *([holder.pid] if part.endswith("controller") else []))

    assert gone(command)
    assert gone(outer)
    until = time.monotonic() + 5
    while list(state.glob("*.json")) and time.monotonic() < until:
        time.sleep(0.02)
    assert list(state.glob("*.json")) == []


def test_both_parts_killed_take_the_command_with_them(
    ward: Callable[[str], tuple[subprocess.Popen[bytes], int, int]],
) -> None:
    _, outer, command = ward(STUBBORN)
    kill(outer, inner(outer))

    assert gone(command)


def test_what_outlives_all_of_them_is_known_and_can_be_ended(
    ward: Callable[[str], tuple[subprocess.Popen[bytes], int, int]], state: Path
) -> None:
    holder, outer, command = ward(BACKGROUND)
    second = inner(outer)
    os.kill(second, signal.SIGSTOP)  # it must not have the time to end anything
    kill(holder.pid, outer, second)
    assert gone(outer)
    assert process.birth(command) is not None, "then there is nothing to find, and this test shows nothing"

    (line,) = recover.plan(journal.folder())
    assert line.startswith(f"the command `{sys.executable} -c")
    # the one that began it may be ending still, and is then named beside it
    _, _, ended = line.partition("of the run run-1: end ")
    assert str(command) in re.findall(r"\d+", ended)

    (undone,) = recover.recover(journal.folder())
    assert undone.why is None
    assert "of the run run-1" in undone.what
    assert gone(command, 0.5)
    assert list(state.glob("*.json")) == []
    assert list(recover.recover(journal.folder())) == []


def test_a_command_whose_ward_lives_is_left_alone(
    ward: Callable[[str], tuple[subprocess.Popen[bytes], int, int]],
) -> None:
    _, _, command = ward(SLEEPER)

    assert list(recover.recover(journal.folder())) == []
    assert process.birth(command) is not None
    assert [undone.why for undone in recover.recover(journal.folder(), force=True)] == [None]
    assert gone(command, 0.5)


def test_a_process_that_has_the_number_of_one_that_ended_is_left_alone(state: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    born = process.birth(bystander.pid)
    assert born is not None
    note = {
        "run": "run-1", "boot": process.boot_id(), "ward": [bystander.pid, born - 5],
        "command": [bystander.pid, born - 1], "words": ["shop"], "time": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    state.mkdir(parents=True)
    (state / "run-1.json").write_text(json.dumps(note))

    assert recover.plan(journal.folder()) == []
    assert list(recover.recover(journal.folder())) == []
    assert list(state.glob("*.json")) == []
    assert bystander.poll() is None
    assert process.end([(bystander.pid, born - 1)], 0.0) == []
    assert bystander.poll() is None
    assert process.end([(bystander.pid, born)], 1.0) == []
    assert bystander.wait(5) == -signal.SIGTERM


def test_a_lost_part_looks_like_no_command_s_end(state: Path) -> None:
    words = [sys.executable, "-m", "chaoskit.target.ward", "--", sys.executable, "-c", SLEEPER]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as outer:
        assert outer.stdout is not None
        outer.stdout.readline()
        kill(inner(outer.pid))

        assert outer.wait(10) == -signal.SIGKILL


def test_where_no_note_can_be_written_the_command_runs_and_its_log_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = ["--note", str(tmp_path / "file" / "notes"), "run-1", "--", "true"]
    command = [sys.executable, "-m", "chaoskit.target.ward", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as outer:
        assert outer.wait(20) == 0  # its input stays open meanwhile
        assert outer.stderr is not None
        assert outer.stderr.read().startswith("chaoskit recover will not know of this command: ")


def test_what_a_command_leaves_in_the_background_stays_until_the_input_closes() -> None:
    leaves = "import subprocess; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); exit(3)"
    words = [sys.executable, "-m", "chaoskit.target.ward", "--stay", "--", sys.executable, "-c", leaves]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as it:
        assert it.stdout is not None
        assert it.stderr is not None
        assert it.stdin is not None
        sleeper = int(it.stderr.readline())
        assert json.loads(it.stdout.readline()) == {"status": 3}
        time.sleep(0.3)
        assert process.birth(sleeper) is not None
        it.stdin.close()

        assert gone(sleeper)
        assert it.wait(5) == 3
