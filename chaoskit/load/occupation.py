"""What a locustfile's users spend their time on, and how many of them the schedule needs.

An iteration is what a user does for one arrival: requests, and time in its own code, where it sleeps,
computes or waits for something that is not a request of Locust's. How long it takes is in no file, so it is
measured: there must be as many users as are busy when each request of an iteration takes the whole deadline,
and a fifth more. That is the rule of the endpoints, where an iteration is one request and no thought.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

SPARE = 1.2
CROWDED = 0.8
"""The share of users in an iteration from which on there are too few, however long theirs will take."""

GROWTH = 1.5


@dataclass(slots=True)
class Iteration:
    """One user's, since ``begun`` (monotonic seconds)."""

    begun: float
    asking: int = 0  # requests under way
    asked: float = 0.0  # when the first of these began
    waited: float = 0.0  # seconds in requests that have ended
    requests: int = 0


@dataclass(slots=True)
class Occupation:
    """Of all users of this process. Every change first counts the time up to it."""

    _since: float
    _busy: int = 0
    _asking: int = 0
    _thinking: float = 0.0
    _waiting: float = 0.0
    _ended: int = 0
    _thought: float = 0.0  # seconds, of iterations that have ended
    _requests: int = 0
    _told: float = field(default=0.0)

    @property
    def busy(self) -> int:
        """How many users are in an iteration."""
        return self._busy

    def begin(self, now: float) -> Iteration:
        """Note that a user has taken an arrival."""
        self._advance(now)
        self._busy += 1
        return Iteration(now)

    def end(self, iteration: Iteration, now: float) -> None:
        """Note that a user is free again."""
        self._advance(now)
        if iteration.asking:
            self._answer(iteration, now)
        self._busy -= 1
        self._ended += 1
        self._thought += max(0.0, now - iteration.begun - iteration.waited)
        self._requests += iteration.requests

    def ask(self, iteration: Iteration, now: float) -> None:
        """Note that a request of an iteration begins; there may be several at once."""
        self._advance(now)
        iteration.requests += 1
        iteration.asking += 1
        if iteration.asking == 1:
            iteration.asked = now
            self._asking += 1

    def answered(self, iteration: Iteration, now: float) -> None:
        """Note that a request of an iteration has ended."""
        self._advance(now)
        if iteration.asking:
            iteration.asking -= 1
            if not iteration.asking:
                self._answer(iteration, now)

    def foreign(self, iteration: Iteration, seconds: float, now: float) -> None:
        """Note a request that a client of the user's own reports when it is over: it was no thinking."""
        self._advance(now)
        waited = max(0.0, min(seconds, now - iteration.begun - iteration.waited))
        iteration.waited += waited
        iteration.requests += 1
        self._waiting += waited
        self._thinking -= waited

    def wanted(self, rate: float, deadline: float, users: int) -> int:
        """Return how many users ``rate`` arrivals a second need, of whom there are ``users`` now."""
        wanted = users
        if self._ended:
            longest = self._thought / self._ended + deadline * max(1.0, self._requests / self._ended)
            wanted = max(wanted, math.ceil(rate * longest * SPARE))
        if self._busy >= CROWDED * users:
            wanted = max(wanted, math.ceil(self._busy * GROWTH) + 2)
        return wanted

    def stretch(self, users: int, now: float) -> Mapping[str, float]:
        """Return what ``users`` users did since this was last asked, and forget it."""
        self._advance(now)
        every = users * (now - self._told) if self._told else 0.0
        thinking, waiting = max(0.0, self._thinking), max(0.0, self._waiting)
        self._thinking = self._waiting = 0.0
        self._told = now
        return {
            "t": round(now, 6),
            "users": users,
            "thinking": round(thinking, 3),
            "waiting": round(waiting, 3),
            "idle": round(max(0.0, every - thinking - waiting), 3),
        }

    def _answer(self, iteration: Iteration, now: float) -> None:
        iteration.asking = 0
        iteration.waited += now - iteration.asked
        self._asking -= 1

    def _advance(self, now: float) -> None:
        passed = now - self._since
        self._since = now
        self._waiting += self._asking * passed
        self._thinking += (self._busy - self._asking) * passed
