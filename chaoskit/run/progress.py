"""What a live view shows: a snapshot of the run, four times a second."""

from collections.abc import Mapping
from typing import Protocol

from chaoskit.core.frozen import frozen
from chaoskit.core.machine import State


@frozen(kw_only=True)
class Progress:
    """The run now. ``t`` is negative before the first phase; rates and shares are over the last second."""

    state: State
    t: float
    length: float
    phase: str | None
    active: tuple[str, ...]  # injections that are on
    arrivals: float  # requests that were due, a second
    errors: float | None  # share not good; None: nothing finished
    p95: float | None  # seconds
    hits: Mapping[str, int]


class Observer(Protocol):
    """Whoever watches a run: the terminal."""

    def event(self, t: float | None, text: str) -> None:
        """Say that something happened to the run, ``t`` seconds after the first phase began."""
        ...

    def progress(self, now: Progress) -> None:
        """Show the run as it is now."""
        ...
