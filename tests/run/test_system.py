"""What the end of a process means: the target's own, or that of a part of chaoskit that kept it."""

from pathlib import Path

import pytest

from chaoskit import spec
from chaoskit.core.machine import Failed
from chaoskit.run.child import Child, Ended
from chaoskit.run.folder import Folder
from chaoskit.run.setup import Setup
from chaoskit.run.stack import Stack
from chaoskit.run.system import System

pytestmark = pytest.mark.socket

TEXT = """\
version: 1
name: x
target: {{url: http://127.0.0.1:8081, {target}}}
providers: {{pay: {{hosts: [pay.test]}}}}
load: {{arrivals: 5/s, endpoints: [{{name: a, request: GET /}}]}}
phases: {{baseline: 20s, fault: 20s, recovery: 20s}}
inject: [{{id: down, provider: pay, fault: {{error: {{status: 503}}}}, during: fault}}]
slos: [{{id: s, in: fault, availability: ">= 90%"}}]
"""


class Nobody:
    def put(self, message: object, /) -> None: ...


def setup_of(tmp_path: Path, target: str) -> Setup:
    text = TEXT.format(target=target)
    return Setup(
        experiment=spec.load("x.yaml", text),
        path=tmp_path / "x.yaml",
        text=text,
        changes=(),
        folder=Folder(tmp_path),
        ca=tmp_path / "ca",
    )


def ended(tmp_path: Path, program: str) -> Child:
    child = Child(
        "target", ["sh", "-c", program], log=tmp_path / "target.log", mailbox=Nobody(), speaks=False
    )
    child.end(10.0)
    return child


def heard(system: System, message: Ended) -> Failed:
    (event,) = system.hear(message)
    assert isinstance(event, Failed)
    return event


def test_a_status_is_the_target_s_own_end_and_a_signal_is_the_ward_s(tmp_path: Path) -> None:
    system = System(setup_of(tmp_path, "command: [shop]"), Nobody())  # type: ignore[arg-type]
    system.child = ended(tmp_path, "exit 137")  # how a ward shows that its command was killed
    assert heard(system, Ended("target", 137)).part == "target"

    system.child = ended(tmp_path, "kill -9 $$")
    event = heard(system, Ended("target", 137))
    assert event.part == "ward"
    assert event.why.endswith("says nothing about the target; run it again")


def test_the_end_of_what_prepare_left_is_news_only_where_its_ward_was_killed(tmp_path: Path) -> None:
    system = System(setup_of(tmp_path, "command: [shop], prepare: [db]"), Nobody())  # type: ignore[arg-type]
    system.background = ended(tmp_path, "exit 0")
    assert list(system.hear(Ended("prepare", 0))) == []

    system.background = ended(tmp_path, "kill -9 $$")
    assert heard(system, Ended("prepare", 137)).part == "ward"


def test_the_end_of_the_process_that_keeps_a_project_is_not_the_target_s(tmp_path: Path) -> None:
    stack = Stack(setup_of(tmp_path, "compose: c.yaml, service: web"), Nobody())  # type: ignore[arg-type]
    stack.child = ended(tmp_path, "kill -9 $$")
    event = heard(stack, Ended("target", 137))

    assert event.part == "stack"
    assert event.why.endswith("says nothing about the target; run it again")
    assert list(stack.hear(Ended("target", 0))) == []


PREPARES = {
    "raise SystemExit(0)": None,
    "raise SystemExit(4)": "ended with status 4; it said nothing (its log is",
    "print('no table'); raise SystemExit(127)": "ended with status 127; its last words: 'no table'",
    "import os, signal; os.kill(os.getpid(), signal.SIGTERM)": "ended with status 143",
    "import os, signal; os.kill(os.getppid(), signal.SIGKILL)": "was killed; run it again",
}


@pytest.mark.parametrize(("program", "told"), PREPARES.items())
def test_what_becomes_of_prepare_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, told: str | None
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    system = System(
        setup_of(tmp_path, f'command: [shop], prepare: [python, -c, "{program}"]'),
        Nobody(),  # type: ignore[arg-type]
    )
    try:
        problem = system.prepare()
    finally:
        system.stop()

    assert (problem is None) == (told is None)
    assert told is None or told in str(problem)


def test_a_prepare_that_cannot_be_started_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    setup = setup_of(tmp_path, "command: [shop], prepare: [no-such-program]")
    system = System(setup, Nobody())  # type: ignore[arg-type]

    assert "cannot start `no-such-program`: No such file or directory" in str(system.prepare())
    system.stop()
