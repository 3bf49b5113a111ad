"""A fault on a provider: when, on which calls, and on how many of them."""

from bisect import bisect_right
from collections.abc import Collection
from typing import Literal

from chaoskit.core.call import Call
from chaoskit.core.curve import Curve
from chaoskit.core.fault import Fault, Layer
from chaoskit.core.frozen import frozen
from chaoskit.core.match import Key, Match
from chaoskit.core.rhythm import Pulse, Reroll, Span

ALWAYS = Curve.flat(1.0)
EVERYTHING = Match()
ShareUnit = Literal["requests", "connections", "queries", "clients", "hosts", "keys"]


@frozen(kw_only=True)
class Injection:
    """A fault on a provider from ``start`` to ``stop`` without the ``gaps``, on a share of a stated unit.

    The share's times count from ``start``, gaps included. ``pulse`` and ``reroll`` say where gaps came from.

    Of the calls (or connections) that it is about, ``first_n`` keeps the first so many, ``every_nth`` each
    n-th, ``after_n`` those after so many, ``between`` those from the one to the other; the share is drawn
    from those. ``key`` is whose calls a share of ``keys`` keeps together. ``approximated_as`` says what a
    fault on DNS questions comes to where the proxy answers none: it then acts on connections. ``outage`` is
    the replay that it is a part of; ``severity`` says then where its share comes from.
    """

    id: str
    provider: str
    fault: Fault
    fault_name: str
    start: float
    stop: float
    gaps: tuple[Span, ...] = ()
    share: Curve = ALWAYS
    unit: ShareUnit = "requests"
    key: Key | None = None
    pulse: Pulse | None = None
    reroll: Reroll | None = None
    match: Match = EVERYTHING
    first_n: int | None = None
    every_nth: int | None = None
    after_n: int | None = None
    between: tuple[int, int] | None = None
    line: int | None = None
    approximated_as: str | None = None
    outage: str | None = None
    severity: str | None = None

    def is_aimed_at(self, provider: str, groups: Collection[str]) -> bool:
        """Tell whether what belongs to ``provider``, and is behind the edges ``groups``, is meant."""
        return self.provider == provider or self.provider in groups

    @property
    def subject(self) -> str:
        """What it strikes."""
        return self.provider

    @property
    def layers(self) -> frozenset[Layer]:
        """Where it acts in this experiment: on DNS questions, or on the connections in their place."""
        found = self.fault.layers()
        if "query" not in found:
            return found
        return found - ({"query"} if self.approximated_as is not None else {"connect"})

    @property
    def windows(self) -> tuple[Span, ...]:
        """When it is on: each ``[start, stop)``, in order."""
        starts = (self.start, *(stop for _, stop in self.gaps))
        return tuple(zip(starts, (*(start for start, _ in self.gaps), self.stop), strict=True))

    def is_on(self, t: float) -> bool:
        """Tell whether it is on at ``t``."""
        if not self.start <= t < self.stop:
            return False
        before = bisect_right(self.gaps, t, key=lambda gap: gap[0])
        return before == 0 or t >= self.gaps[before - 1][1]

    def overlaps(self, start: float, stop: float) -> bool:
        """Tell whether it is on at some time in ``[start, stop)``."""
        return any(low < stop and high > start for low, high in self.windows)

    def reads_request(self, call: Call) -> bool:
        """Tell whether the proxy must have the body of ``call`` before it can decide about it."""
        return self.match.takes_head(call) and (self.fault.reads_request or self.match.reads_body(call))

    @property
    def counts(self) -> bool:
        """Whether it must know how many calls came before."""
        limits = (self.first_n, self.every_nth, self.after_n, self.between)
        return any(each is not None for each in limits)

    def selects(self, nth: int) -> bool:
        """Tell whether the ``nth`` of those that it is about (from 1) is struck."""
        if self.first_n is not None and nth > self.first_n:
            return False
        if self.after_n is not None and nth <= self.after_n:
            return False
        if self.between is not None and not self.between[0] <= nth <= self.between[1]:
            return False
        return self.every_nth is None or nth % self.every_nth == 0
