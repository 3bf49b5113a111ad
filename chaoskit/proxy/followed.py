"""What the engine follows while it lasts: connections, calls on them, and DNS questions."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from chaoskit.core.actions import Cut, Stall
from chaoskit.core.call import Answer, Call, Connection, Query
from chaoskit.core.decide import Decision, Strike
from chaoskit.core.experiment import Injection
from chaoskit.proxy.filter import Filter
from chaoskit.proxy.live import Live
from chaoskit.proxy.record import Attempt


class LiveConnection(Live):
    """A client's connection to a provider. ``carrier`` is what moves its bytes at present."""

    def __init__(self, conn: Connection, attempt: Attempt, carrier: "Carrier") -> None:
        super().__init__(conn.provider, attempt)
        self.conn = conn
        self.carrier = carrier
        self.filter: Filter | None = None  # none until a shape is about it
        self.shapes: set[str] = set()  # the injections of those, which keep a line of their own

    def regroup(self, groups: tuple[str, ...]) -> None:
        self.conn = replace(self.conn, groups=groups)

    def over(self, injection: str) -> None:
        super().over(injection)
        if self.filter is not None:
            self.filter.let_go(injection)

    def lift(self) -> None:
        super().lift()
        if self.filter is not None:
            self.filter.let_go(None)

    def freeze(self) -> None:
        super().freeze()
        self.carrier.freeze()
        if self.filter is not None:
            self.filter.freeze()

    def drop(self, *, reset: bool) -> None:
        self.carrier.drop(reset=reset)

    def has_left(self, *, is_late: bool) -> bool:
        return self.is_gone or self.carrier.has_left(is_late=is_late)


class Carrier(Protocol):
    """Moves the bytes of one connection: the gate at first, then one of the lanes."""

    def freeze(self) -> None:
        """Pass nothing on from now, in either direction."""
        ...

    def drop(self, *, reset: bool) -> None:
        """Close towards the client, by FIN or by RST."""
        ...

    def has_left(self, *, is_late: bool) -> bool:
        """Tell whether the client has closed its connection, also where that has yet to be read."""
        ...

    def interpose(self, make: Callable[[asyncio.Transport], asyncio.Transport]) -> bytes:
        """Use what ``make`` makes of the transport to the client; return what came and has not gone on."""
        ...


class LiveCall(Live):
    """A call that is going on. The stream that carries it finishes this class."""

    def __init__(self, call: Call, attempt: Attempt, decision: Decision) -> None:
        super().__init__(call.provider, attempt)
        self.call = call
        self.strikes = decision.strikes
        self.pending = decision.pending
        self.later: tuple[Injection, ...] = ()  # those of them that act on what follows the answer's head
        self.answer: Answer | None = None  # its head, once it has come

    def regroup(self, groups: tuple[str, ...]) -> None:
        self.call = replace(self.call, groups=groups)

    def limit(self, strike: Strike[Cut | Stall]) -> None:
        """Let the body that is under way end early."""
        raise NotImplementedError


class LiveQuestion(Live):
    """A DNS question that is being answered. ``hang_up`` closes the TCP connection that it came on."""

    def __init__(self, query: Query, attempt: Attempt, hang_up: Callable[[], None]) -> None:
        super().__init__(query.provider, attempt)
        self._hang_up = hang_up

    def drop(self, *, reset: bool) -> None:
        self._hang_up()

    def has_left(self, *, is_late: bool) -> bool:
        """A resolver asks by UDP, and nothing says that it has given up; so of a late worker, all have."""
        return self.is_gone or is_late
