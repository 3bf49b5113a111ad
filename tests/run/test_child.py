"""A supervised process: what it says, how it ends, and that it ends."""

import queue
import sys
from pathlib import Path

import pytest

from chaoskit.run.child import Broke, Child, Ended, Line

pytestmark = pytest.mark.socket


def start(tmp_path: Path, program: str) -> tuple[Child, "queue.SimpleQueue[object]"]:
    mailbox: queue.SimpleQueue[object] = queue.SimpleQueue()
    child = Child("part", [sys.executable, "-c", program], log=tmp_path / "part.log", mailbox=mailbox)
    return child, mailbox


def test_its_lines_and_its_end_arrive_in_order(tmp_path: Path) -> None:
    program = (
        "import sys; print('{\"a\": 1}'); print('not json'); print('oops', file=sys.stderr); sys.exit(3)"
    )
    child, mailbox = start(tmp_path, program)

    assert mailbox.get(timeout=10) == Line("part", {"a": 1})
    assert mailbox.get(timeout=10) == Ended("part", 3)
    log = child.log.read_text()
    assert "not json" in log
    assert "oops" in log


def test_a_killed_process_ends_with_128_and_the_signal(tmp_path: Path) -> None:
    _, mailbox = start(tmp_path, "import os; os.kill(os.getpid(), 9)")

    assert mailbox.get(timeout=10) == Ended("part", 137)


def test_it_is_told_lines(tmp_path: Path) -> None:
    child, mailbox = start(tmp_path, "import sys\nfor line in sys.stdin: print(line, end='', flush=True)")
    child.tell({"beat": 1})

    assert mailbox.get(timeout=10) == Line("part", {"beat": 1})
    child.end(5)
    assert mailbox.get(timeout=10) == Ended("part", 0)


def test_a_process_that_ignores_everything_is_killed(tmp_path: Path) -> None:
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print('{\"up\": 1}', flush=True); time.sleep(60)"
    )
    child, mailbox = start(tmp_path, program)
    mailbox.get(timeout=10)
    child.end(0.1)

    assert not child.is_alive()
    assert mailbox.get(timeout=10) == Ended("part", 137)


def test_telling_a_process_that_has_ended_is_harmless(tmp_path: Path) -> None:
    child, mailbox = start(tmp_path, "pass")
    mailbox.get(timeout=10)

    child.tell({"beat": 1})
    child.end(1)


def test_when_it_can_no_longer_be_heard_that_is_told_and_its_end_as_well(tmp_path: Path) -> None:
    child, mailbox = start(tmp_path, "input(); print('not json')")
    child.log.unlink()
    child.log.mkdir()  # where what is not JSON would go
    child.tell({})

    broke = mailbox.get(timeout=10)
    assert isinstance(broke, Broke)
    assert broke.name == "listening to part"
    assert "IsADirectoryError" in broke.why
    assert mailbox.get(timeout=10) == Ended("part", 0)
