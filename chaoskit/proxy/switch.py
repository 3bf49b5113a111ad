"""Knows which injections are on now, and says so at the instants when one begins or ends."""

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Protocol

from chaoskit.core.call import Call
from chaoskit.core.candidates import Candidates
from chaoskit.core.injection import Injection
from chaoskit.core.timeline import Active, Timeline, at


class Listener(Protocol):
    """Whoever must act at once when the set changes."""

    def began(self, active: Active) -> None:
        """``active`` has just begun."""
        ...

    def ended(self, injection: str) -> None:
        """``injection`` has just ended."""
        ...

    def lifted(self) -> None:
        """Faults are off for the rest of the run."""
        ...


class Switch:
    """Off until armed, off for good once lifted or once the lease has run out.

    Nothing is ever switched on or off from outside: being on is a function of time, so a controller
    that is lost leaves no fault behind.
    """

    def __init__(self, timeline: Timeline, lease: float, clock: Callable[[], float]) -> None:
        self._timeline = timeline
        self._lease = lease
        self._clock = clock
        self._start: float | None = None
        self._is_lifted = False
        self._beat = -math.inf
        self._on: dict[str, Active] = {}
        self._lasting = (math.inf, -math.inf, Candidates(()))  # from, until, and what is on meanwhile
        self._timer: asyncio.TimerHandle | None = None
        self._listener: Listener | None = None

    def listen(self, listener: Listener) -> None:
        """Tell ``listener`` about changes."""
        self._listener = listener

    @property
    def now(self) -> float:
        """Seconds since the first phase began; before that, and before arming, at most 0."""
        return 0.0 if self._start is None else self._clock() - self._start

    @property
    def is_lifted(self) -> bool:
        return self._is_lifted

    def is_on(self, injection: str) -> bool:
        """Tell whether ``injection`` is on at this instant."""
        on = self._candidates(self._clock())
        return on is not None and any(each.id == injection for each in on.injections)

    def active(self) -> tuple[Active, ...]:
        """Return what is on at this instant, in file order."""
        return self.active_at(self._clock())

    def active_at(self, instant: float) -> tuple[Active, ...]:
        """Return what is on at ``instant`` of the clock, as far as is known now."""
        on = self._candidates(instant)
        return () if on is None else self._at(on.injections, instant)

    def active_for(self, provider: str, groups: tuple[str, ...], instant: float) -> tuple[Active, ...]:
        """Return what is on at ``instant`` and aimed at ``provider``, or at one of the edges ``groups``."""
        on = self._candidates(instant)
        return () if on is None else self._at(on.aimed_at(provider, groups), instant)

    def active_about(self, call: Call, instant: float | None = None) -> tuple[Active, ...]:
        """Return what is on at ``instant`` (None: now) and may be about ``call``."""
        instant = self._clock() if instant is None else instant
        on = self._candidates(instant)
        return () if on is None else self._at(on.about(call), instant)

    def _candidates(self, instant: float) -> Candidates | None:
        if self._start is None or self._is_lifted:
            return None
        t = instant - self._start
        since, until, on = self._lasting
        if not since <= t < until:
            on = Candidates(self._timeline.on_at(t))
            self._lasting = (t, self._timeline.next_change(t), on)
        return on

    def _at(self, injections: Sequence[Injection], instant: float) -> tuple[Active, ...]:
        assert self._start is not None
        return at(injections, instant - self._start) if injections else ()

    def arm(self, start: float) -> None:
        """Begin: the first phase starts at the monotonic instant ``start``. Counts as a beat."""
        self._start = start
        self._lasting = (math.inf, -math.inf, Candidates(()))
        self._beat = self._clock()
        self._turn()

    def beat(self) -> None:
        """Renew the lease."""
        self._beat = self._clock()

    def has_expired(self) -> bool:
        """Tell whether faults are due to go off because nobody renewed the lease."""
        return self._start is not None and not self._is_lifted and self._clock() - self._beat > self._lease

    def lift(self) -> None:
        """Switch off for the rest of the run."""
        if self._is_lifted:
            return
        self._is_lifted = True
        self._on.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._listener is not None:
            self._listener.lifted()

    def _turn(self) -> None:
        if self._is_lifted or self._start is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        t = self._clock() - self._start
        desired = {each.injection.id: each for each in self._timeline.desired(t)}
        before, self._on = self._on, desired
        if self._listener is not None:
            for injection in before.keys() - desired.keys():
                self._listener.ended(injection)
            for injection, active in desired.items():
                if injection not in before:
                    self._listener.began(active)
        change = self._timeline.next_change(t)
        if change < math.inf:
            self._timer = asyncio.get_running_loop().call_at(self._start + change, self._turn)
