"""Import what judging and reporting need while the load settles, when nothing is measured.

It would take a second of somebody's time before the run or after it; in the middle, a processor that is busy
with it could make an answer late that counts.
"""

import threading
from dataclasses import dataclass, field
from importlib import import_module

from chaoskit.core.machine import State
from chaoskit.run.progress import Observer, Progress

NEEDED = ("chaoskit.run.judgement", "chaoskit.run.reports", "chaoskit.report.charts")
ROOM = 1.5
"""Seconds that must be left before the first phase; without them, they are imported when they are needed."""


@dataclass(slots=True)
class Ahead:
    """An observer that passes on what it is told, and takes the moment to import."""

    observer: Observer
    _has_begun: bool = field(default=False)

    def event(self, t: float | None, text: str) -> None:
        self.observer.event(t, text)

    def progress(self, now: Progress) -> None:
        self.observer.progress(now)
        if not self._has_begun and now.state is State.SETTLING:
            self._has_begun = True
            if now.t <= -ROOM:
                threading.Thread(target=_import, name="ahead", daemon=True).start()


def _import() -> None:
    for each in NEEDED:
        import_module(each)
