"""What judging needs is imported while the load settles, and at no moment that is measured."""

import threading
from dataclasses import dataclass, field

import pytest

from chaoskit.core.machine import State
from chaoskit.run import ahead
from chaoskit.run.progress import Progress


@dataclass
class Watching:
    said: list[object] = field(default_factory=list)

    def event(self, t: float | None, text: str) -> None:
        self.said.append(text)

    def progress(self, now: Progress) -> None:
        self.said.append(now)


def at(state: State, t: float) -> Progress:
    return Progress(
        state=state, t=t, length=9.0, phase=None, active=(), arrivals=0.0, errors=None, p95=None, hits={}
    )


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was imported so far."""
    found: list[str] = []
    monkeypatch.setattr(ahead, "import_module", found.append)
    return found


def wait() -> None:
    for each in threading.enumerate():
        if each.name == "ahead":
            each.join()


def test_it_is_imported_once_while_the_load_settles(imported: list[str]) -> None:
    subject = ahead.Ahead(Watching())

    subject.progress(at(State.PROBING, -2.0))
    wait()
    assert imported == []
    subject.progress(at(State.SETTLING, -1.9))
    subject.progress(at(State.SETTLING, -1.6))
    wait()
    assert imported == list(ahead.NEEDED)


def test_without_time_to_settle_it_waits_until_the_end(imported: list[str]) -> None:
    subject = ahead.Ahead(Watching())

    for state, t in ((State.SETTLING, -0.2), (State.RUNNING, 1.0), (State.DRAINING, 9.0)):
        subject.progress(at(state, t))
    wait()

    assert imported == []


def test_whoever_watches_sees_everything() -> None:
    watching = Watching()
    subject = ahead.Ahead(watching)

    subject.event(None, "proxy is up")
    subject.progress(at(State.RUNNING, 1.0))

    assert watching.said == ["proxy is up", at(State.RUNNING, 1.0)]
