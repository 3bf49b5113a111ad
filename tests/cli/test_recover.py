"""`chaoskit ps` and `chaoskit recover`, without an engine."""

import json
import os
import signal
import subprocess
from dataclasses import asdict, replace

import pytest
from click.testing import CliRunner

from chaoskit.cli.main import main
from chaoskit.core import service
from chaoskit.core.service import Container
from chaoskit.target import commands, journal, process


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setenv("TZ", "UTC")
    return lambda *words: CliRunner().invoke(main, words)


def left_behind(*, alive):
    mine = journal.Keeper(
        run="2026-11-23T10-00",
        pid=os.getpid(),
        born=journal.birth(os.getpid()),
        boot=journal.boot_id(),
        engine=os.environ["DOCKER_HOST"],
        image="image",
    )
    book = journal.Journal.create(mine if alive else replace(mine, born=1), journal.folder())
    book.enter(
        journal.Entry(
            n=book.number(),
            injection="shop-hangs",
            fault="pause",
            before=Container(id="f00", name="demo-shop-1", service="shop"),
            enter=(service.Pause(),),
            leave=(service.Unpause(),),
            time="2026-11-23T10:00:09+00:00",
        )
    )


def test_nothing_is_held(run):
    assert run("ps").output == "chaoskit holds nothing\n"
    done = run("recover")
    assert (done.exit_code, done.stdout) == (0, "nothing is left behind\n")
    assert "helper containers were not looked for: no Docker engine answers" in done.stderr


def test_what_is_held_is_listed(run):
    left_behind(alive=True)
    shown = run("ps")
    assert shown.stdout.splitlines()[0].split() == ["run", "injection", "fault", "container", "since"]
    assert shown.stdout.splitlines()[1].split()[:4] == [
        "2026-11-23T10-00",
        "shop-hangs",
        "pause",
        "demo-shop-1",
    ]
    assert shown.stderr == ""
    assert run("recover", "--dry-run").output == "nothing is left behind\n"


def test_what_a_dead_run_has_left_is_planned_and_waits_for_an_engine(run):
    left_behind(alive=False)
    shown = run("ps")
    assert shown.stdout.splitlines()[1].endswith("the run has ended")
    assert "`chaoskit recover`" in shown.stderr
    planned = "pause on demo-shop-1 (`shop-hangs` of the run 2026-11-23T10-00): unpause it\n"
    assert run("recover", "--dry-run").output == planned
    done = run("recover")
    assert done.exit_code == 2
    assert "error: no Docker engine answers at unix://" in done.stderr
    assert "nothing is forgotten" in done.stderr
    assert run("recover", "--dry-run").output == planned


def test_a_command_that_outlived_its_ward_is_listed_and_ended(run):
    sleeper = subprocess.Popen(["sleep", "60"], env={"CHAOSKIT_WARD": "monday:7:1"})
    born = process.birth(sleeper.pid)
    left = commands.Started(
        run="monday",
        boot=process.boot_id(),
        ward=(7, 1),
        command=(sleeper.pid, born),
        words=("python", "-m", "shop"),
        time="2026-11-23T10:00:09+00:00",
    )
    commands.folder().mkdir(parents=True)
    commands.place(commands.folder(), "monday", (7, 1)).write_text(json.dumps(asdict(left)))

    row = run("ps").stdout.splitlines()[1]
    assert f"process {sleeper.pid}: python -m shop" in row
    assert row.endswith("2026-11-23 10:00:09  the run has ended")
    name = f"the command `python -m shop` (process {sleeper.pid}) of the run monday"
    assert run("recover", "--dry-run").output == f"{name}: end {sleeper.pid}\n"
    assert sleeper.poll() is None
    assert run("recover").stdout == f"taken back: {name}\n"
    assert sleeper.wait(5) == -signal.SIGTERM
    assert run("ps").output == "chaoskit holds nothing\n"
