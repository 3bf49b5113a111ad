"""A circuit breaker: after some failures in a row, stop asking; later let one call find out.

``step`` functions are pure; ``Breaker`` is the one place where threads meet.
"""

import threading
from dataclasses import replace
from enum import Enum

from chaoskit.core.frozen import frozen


class Permit(Enum):
    """How a call was let through: while closed, or as the one that finds out."""

    NORMAL = "normal"
    PROBE = "probe"


@frozen
class State:
    """Closed while ``opened_at`` is None. Times in seconds on any one clock."""

    failures: int = 0
    opened_at: float | None = None
    probed_at: float | None = None


def ask(state: State, now: float, open_for: float) -> tuple[State, Permit | None]:
    """Return the permit of a call that wants to go out, or None while the breaker is open."""
    if state.opened_at is None:
        return state, Permit.NORMAL
    # A probe whose outcome never came back must not keep the breaker open for ever.
    last = state.opened_at if state.probed_at is None else state.probed_at
    if now - last < open_for:
        return state, None
    return replace(state, probed_at=now), Permit.PROBE


def tell(state: State, permit: Permit, now: float, opens_after: int, *, is_success: bool) -> State:
    """Return the state after a call that held ``permit`` ended."""
    if permit is Permit.PROBE:
        return State() if is_success else State(failures=state.failures, opened_at=now)
    if state.opened_at is not None:
        # It went out before the breaker opened, so it says nothing about now.
        return state
    if is_success:
        return State()
    failures = state.failures + 1
    return State(failures, now if failures >= opens_after else None)


class Breaker:
    """One breaker that all threads share. Without ``opens_after`` it never opens."""

    def __init__(self, opens_after: int | None, open_for: float) -> None:
        self._opens_after = opens_after
        self._open_for = open_for
        self._state = State()
        self._lock = threading.Lock()

    def ask(self, now: float) -> Permit | None:
        """Return a permit, or None: do not call."""
        with self._lock:
            self._state, permit = ask(self._state, now, self._open_for)
        return permit

    def tell(self, permit: Permit, now: float, *, is_success: bool) -> None:
        """Say how the call that held ``permit`` ended."""
        if self._opens_after is None:
            return
        with self._lock:
            self._state = tell(self._state, permit, now, self._opens_after, is_success=is_success)
