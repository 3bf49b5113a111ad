"""A connection or a call that is going on, and that a fault may make wait, freeze or end."""

import asyncio
from enum import Enum, auto

from chaoskit.core.actions import Close, Hold
from chaoskit.core.experiment import Injection
from chaoskit.proxy.record import Attempt


class Woke(Enum):
    """Why a pause ended."""

    TIME = auto()  # it ran to its end
    GONE = auto()  # the caller left
    OVER = auto()  # the injection that held it has ended
    LIFTED = auto()  # faults are off for the rest of the run
    SEIZED = auto()  # an injection that has just begun struck it


class Live:
    """Something that can be paused. At most one future and one timer each, and no task.

    mitmproxy never cancels a hook that waits, so every pause here ends by itself: at its time, when
    the caller leaves, when its injection ends, when faults are lifted, or when the worker stops.
    """

    def __init__(self, provider: str, attempt: Attempt) -> None:
        self.provider = provider
        self.attempt = attempt
        self.is_gone = False
        self.is_frozen = False
        self.is_lifted = False
        self.held_by: str | None = None
        self.delayed_by: str | None = None  # whose end lets a pause end too
        self.seizure: tuple[Injection, Hold | Close] | None = None
        self._waiter: asyncio.Future[Woke] | None = None

    async def pause(self, until: float | None = None, held_by: str | None = None) -> Woke:
        """Wait until a monotonic instant, or for the end of the injection ``held_by``."""
        if self.is_gone:
            return Woke.GONE
        if self.is_lifted:  # between two pauses: nothing would end the second
            return Woke.LIFTED if held_by is None else Woke.OVER
        if self.seizure is not None:
            return Woke.SEIZED
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        self.held_by = held_by
        timer = None if until is None else loop.call_at(until, self._wake, Woke.TIME)
        try:
            return await self._waiter
        finally:
            self._waiter = None
            self.held_by = None
            if timer is not None:
                timer.cancel()

    def regroup(self, groups: tuple[str, ...]) -> None:
        """Note which edges its host has just turned out to be behind: what begins from now on strikes it."""

    def has_left(self, *, is_late: bool) -> bool:
        """Tell whether the caller has gone, also where that is yet to be read. ``is_late``: the worker is."""
        return self.is_gone

    @property
    def is_paused(self) -> bool:
        return self._waiter is not None

    def leave(self) -> None:
        """Note that the caller is gone."""
        self.is_gone = True
        self._wake(Woke.GONE)

    def over(self, injection: str) -> None:
        """Let go if it is ``injection`` that holds this. It is dropped, never sent late.

        A part of a stream that ``injection`` delays goes on at once.
        """
        if self.delayed_by == injection:
            self._wake(Woke.TIME)
        if self.held_by == injection and not self._wake(Woke.OVER):
            self.drop(reset=False)

    def lift(self) -> None:
        """Let go of everything: a held one is dropped, a delayed one goes on at once."""
        self.is_lifted = True
        if self.held_by is not None:
            self.over(self.held_by)
        else:
            self._wake(Woke.LIFTED)

    def seize(self, injection: Injection, action: Hold | Close) -> None:
        """Strike this now, wherever it is."""
        if self.is_gone or self.seizure is not None or self.held_by is not None:
            return
        if self._waiter is not None:
            self.seizure = (injection, action)
            self._wake(Woke.SEIZED)
            return
        self.freeze()
        if isinstance(action, Hold):
            self.held_by = injection.id
        else:
            self.drop(reset=action.reset)

    def freeze(self) -> None:
        """Let no more bytes pass, in either direction."""
        self.is_frozen = True

    def drop(self, *, reset: bool) -> None:
        """Close towards the caller."""
        raise NotImplementedError

    def _wake(self, why: Woke) -> bool:
        if self._waiter is None or self._waiter.done():
            return False
        self._waiter.set_result(why)
        return True
