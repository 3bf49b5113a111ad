"""A project that is brought up is written down before, and whoever comes later takes it down."""

import os
import subprocess
import sys

import pytest

from chaoskit.target import journal, projects, recover

DOWN = ["sh", "-c", "echo down >> {log}; test ! -e {log}.fails || { echo no such network >&2; exit 1; }"]


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "log"


def down(log):
    return [each.replace("{log}", str(log)) for each in DOWN]


def of_a_process_that_has_ended(log):
    program = (
        "import sys; from chaoskit.target import projects;"
        "projects.note('r-1', 'p', 'unix:///e.sock', 'i', sys.argv[1:])"
    )
    subprocess.run([sys.executable, "-c", program, *down(log)], env=dict(os.environ), check=True, timeout=20)


def test_one_whose_keeper_lives_is_left_alone(log):
    projects.note("r-1", "p", "unix:///e.sock", "i", down(log))
    assert [each.project for _, each in projects.kept()] == ["p"]
    assert list(recover.recover(journal.folder())) == []
    assert recover.plan(journal.folder()) == []
    assert not log.exists()


def test_one_whose_keeper_was_killed_is_taken_down_once(log):
    of_a_process_that_has_ended(log)
    (line,) = recover.plan(journal.folder())
    assert line.startswith("the compose project p of the run r-1: sh -c")

    (undone,) = recover.recover(journal.folder())
    assert (undone.what, undone.why) == ("the compose project p of the run r-1", None)
    assert log.read_text() == "down\n"
    assert list(recover.recover(journal.folder())) == []


def test_one_that_cannot_be_taken_down_stays_on_the_list(log):
    of_a_process_that_has_ended(log)
    fails = log.with_name("log.fails")
    fails.touch()
    (undone,) = recover.recover(journal.folder())
    assert undone.why == "no such network"

    fails.unlink()
    (undone,) = recover.recover(journal.folder())
    assert undone.why is None


def test_a_note_that_is_torn_was_never_acted_upon(log):
    of_a_process_that_has_ended(log)
    (path,) = projects.folder().glob("*.json")
    path.write_text(path.read_text()[:40])
    assert list(projects.kept()) == []
