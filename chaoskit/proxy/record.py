"""Writes one line for each attempt that reached the proxy for a provider."""

import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaoskit.core.actions import Action
from chaoskit.core.written import Written
from chaoskit.proxy.appended import Appended

FLUSH_EVERY = 0.25
"""Seconds; a crash of the whole machine loses no more than that."""


@dataclass(slots=True, kw_only=True)
class Attempt:
    """A call, a connection that no call came of, or a DNS question, while it goes on.

    ``t`` is monotonic seconds; ``asked`` and ``waited`` are seconds of delay. ``question`` is the kind of a
    DNS question (``AAAA``), None of anything else. A *turn* is a client's bytes, the first or after the
    provider's: about one request, where nothing is decrypted. A URL's query never gets here: it may carry
    secrets.
    """

    t: float
    provider: str
    is_call: bool
    identity: str
    identified_by: str
    host: str
    method: str = ""
    path: str = ""
    eligible: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    hits: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    asked: float = 0.0
    waited: float = 0.0
    status: int | None = None
    error: str | None = None
    has_calls: bool = False  # of a connection: calls came on it, and have lines of their own
    question: str | None = None
    is_written: bool = False
    is_counted: bool = False
    groups: tuple[str, ...] = ()  # the edges that the host is behind, besides the provider
    counted: set[str] = field(default_factory=set[str])  # of which provider and edges, as seen
    has_reached: bool = False
    is_spliced: bool = False
    turns: int = 0  # of a spliced connection: what it has carried
    fresh: int = 0  # of these, those that no line of turns has told yet
    last: float | None = None  # it carried its last then, or up to a quarter second later
    has_left: bool = False  # before it could be struck

    def note(self, eligible: tuple[str, ...], drawn: tuple[str, ...]) -> None:
        """Add the injections that are about it, and those of them that the share let through."""
        self.eligible += eligible
        self.drawn += drawn

    def take(self, other: "Attempt", but: Collection[str] = ()) -> None:
        """Take over what ``other`` has to tell, except of the injections ``but``."""
        self.eligible += tuple(each for each in other.eligible if each not in but)
        self.drawn += tuple(each for each in other.drawn if each not in but)
        self.hits += [each for each in other.hits if each[0] not in but]
        other.eligible = tuple(each for each in other.eligible if each in but)
        other.drawn = tuple(each for each in other.drawn if each in but)
        other.hits = [each for each in other.hits if each[0] in but]
        self.has_left |= other.has_left
        self.asked, other.asked = self.asked + other.asked, 0.0
        self.waited, other.waited = self.waited + other.waited, 0.0

    def line(self) -> dict[str, Any]:
        """Return the line of ``calls-*.jsonl``."""
        line: dict[str, Any] = {
            "t": self.t,
            "provider": self.provider,
            "call": self.is_call,
            "id": self.identity,
            "by": self.identified_by,
            "host": self.host,
            "method": self.method,
            "path": self.path,
            "eligible": self.eligible,
            "drawn": self.drawn,
            "hits": self.hits,
            "asked": round(self.asked, 6),
            "waited": round(self.waited, 6),
            "status": self.status,
        }
        if self.groups:
            line["groups"] = self.groups
        if self.has_calls:
            line["has_calls"] = True
        if self.has_left:
            line["left"] = True
        if self.question is not None:
            line["question"] = self.question
        if self.is_spliced:
            line["turns"] = self.turns
            line["last"] = self.last
        if self.error is not None:
            line["error"] = self.error
        return line


class Record:
    """The file ``calls-<worker>.jsonl``, and the totals that are told to the controller."""

    def __init__(self, path: Path) -> None:
        self._out = Appended(path)
        self.seen: Counter[str] = Counter()
        self.questions: Counter[str] = Counter()
        self.hits: Counter[str] = Counter()
        self.reached: Counter[str] = Counter()
        self.resolved: Counter[str] = Counter()
        self.trouble: dict[str, str] = {}
        self.carried: Counter[str] = Counter()
        self._moving: list[Attempt] = []  # connections with fresh turns
        self._since = time.monotonic()

    def begin(self, attempt: Attempt) -> None:
        """Count an attempt as soon as it is known, long before its line can be written."""
        kind = self.seen if attempt.question is None else self.questions
        more = {attempt.provider, *attempt.groups} - attempt.counted
        kind.update(more)
        attempt.counted |= more

    def forget(self, attempt: Attempt) -> None:
        """Count no longer a connection that a call came of."""
        self.seen.subtract(attempt.counted)
        attempt.counted.clear()

    def regroup(self, attempt: Attempt, groups: tuple[str, ...]) -> None:
        """Note what has just been learnt about the attempt's host."""
        new = set(groups) - set(attempt.groups)
        attempt.groups = groups
        if attempt.counted:
            self.begin(attempt)
        if attempt.has_reached:
            self.reached.update(new)

    def reach(self, attempt: Attempt) -> None:
        """Count an answer, or, where calls are not looked at, a connection that the provider accepted.

        Questions that the upstream resolver answered are counted apart: they say nothing of the provider.
        """
        attempt.has_reached = True
        kind = self.reached if attempt.question is None else self.resolved
        kind.update((attempt.provider, *attempt.groups))

    def refuse(self, provider: str, groups: Sequence[str], why: str) -> None:
        """Keep why the provider, which is behind the edges ``groups``, was not reached this time."""
        self.trouble.update(dict.fromkeys((provider, *groups), why))

    def hit(self, attempt: Attempt, injection: str, action: Action) -> None:
        """Note that ``injection`` changed the attempt; it counts once, however much it did."""
        done = (injection, type(action).__name__.lower())
        if all(each != injection for each, _ in attempt.hits):
            self.hits[injection] += 1
        if done not in attempt.hits:
            attempt.hits.append(done)

    def write(self, attempt: Attempt) -> None:
        """Write the attempt's line, once: when it ends, or when it is held."""
        if not attempt.is_written:
            attempt.is_written = True
            if attempt.fresh:
                attempt.last = self._since
            if attempt.error is not None:
                self.refuse(attempt.provider, attempt.groups, attempt.error)
            self._write(attempt.line())

    def follow(self, attempt: Attempt) -> Callable[[], None]:
        """Return what counts one turn of a spliced connection."""
        attempt.is_spliced = True

        def turn() -> None:
            if not attempt.fresh:
                self._moving.append(attempt)
            attempt.fresh += 1
            attempt.turns += 1

        return turn

    def settle(self) -> None:
        """Add the fresh turns to the totals, and write what came since the last time: a line for each kind.

        Called a few times a second, and where an injection begins or ends: a line is of one side only.
        """
        now = time.monotonic()
        lines: dict[tuple[str, tuple[str, ...], tuple[str, ...]], tuple[int, int]] = {}
        for attempt in self._moving:
            key = (attempt.provider, attempt.groups, attempt.eligible)
            turns, connections = lines.get(key, (0, 0))
            lines[key] = turns + attempt.fresh, connections + 1
            for name in {attempt.provider, *attempt.groups}:
                self.carried[name] += attempt.fresh
            attempt.fresh, attempt.last = 0, self._since
        for (provider, groups, eligible), (turns, connections) in lines.items():
            line: dict[str, Any] = {
                "t": now,
                "since": self._since,
                "provider": provider,
                "carried": turns,
                "on": connections,
            }
            if groups:
                line["groups"] = groups
            if eligible:
                line["eligible"] = eligible
            self._write(line)
        self._moving.clear()
        self._since = now

    def _write(self, line: dict[str, Any]) -> None:
        self._out.add(json.dumps(line, separators=(",", ":")))

    def flush(self) -> None:
        """Hand everything to the operating system. OSError if it takes no more."""
        self._out.flush()

    def close(self) -> dict[str, Written]:
        """Flush and close; return what was written."""
        return self._out.close()
