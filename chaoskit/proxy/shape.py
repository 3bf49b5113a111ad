"""When which bytes of a connection may pass. Pure: one direction at a time, in monotonic seconds.

Bytes are never reordered, and none is lost or invented; only a Limit lets what comes after it fall away.
"""

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from typing import Literal

from chaoskit.core.actions import Lag, Limit, Linger, Pace, Shape, Slice
from chaoskit.core.decide import Strike
from chaoskit.core.dice import Dice
from chaoskit.core.frozen import frozen

_STEP = 0.05
"""Seconds: paced bytes move about twenty times a second."""
_LARGEST = 64 * 1024

Way = Literal["up", "down"]


@frozen
class End:
    """An end, in its place among the bytes: the sender's own (``eof``, ``close``), or that of a Limit."""

    how: Literal["eof", "close", "fin", "rst", "silence", "half"]
    strike: Strike[Shape] | None = None


Piece = bytes | End


class Stage(ABC):
    """What one injection does to one direction. ``is_felt``: it has changed something by now."""

    def __init__(self, strike: Strike[Shape]) -> None:
        self.strike = strike
        self.is_felt = False
        self.size = 0
        self._waiting: deque[tuple[float, Piece]] = deque()

    def put(self, piece: Piece, now: float) -> None:
        """Take a piece in; it comes out in parts, each at its time, and after those before it."""
        for due, part in self._parts(piece, now):
            self.is_felt |= due > now
            self.size += length(part)
            self._waiting.append((due, part))

    def due(self) -> float | None:
        """Return when the next part may pass; None if there is none."""
        return self._waiting[0][0] if self._waiting else None

    def take(self, now: float) -> Iterator[Piece]:
        """Hand out what may pass by now."""
        while self._waiting and self._waiting[0][0] <= now:
            _, part = self._waiting.popleft()
            self.size -= length(part)
            yield part

    def rest(self) -> Iterator[Piece]:
        """Hand out everything, in its order."""
        yield from self.take(math.inf)

    @abstractmethod
    def _parts(self, piece: Piece, now: float) -> Iterator[tuple[float, Piece]]:
        """Say which part of the piece is due when."""


class Late(Stage):
    """Each piece is late by a time drawn for it."""

    def __init__(self, strike: Strike[Shape], lag: Lag, way: Way) -> None:
        super().__init__(strike)
        self._lag = lag
        self._way = way
        self._count = 0

    def _parts(self, piece: Piece, now: float) -> Iterator[tuple[float, Piece]]:
        self._count += 1
        dice = self._lag.dice
        own = Dice(dice.seed, dice.injection, f"{dice.identity} {self._way} {self._count}")
        yield now + self._lag.time.draw(own), piece


class Paced(Stage):
    """A part is due when a line of that rate would have carried its last byte."""

    def __init__(self, strike: Strike[Shape], rate: float) -> None:
        super().__init__(strike)
        self._rate = rate
        self._free_at = 0.0

    def _parts(self, piece: Piece, now: float) -> Iterator[tuple[float, Piece]]:
        if isinstance(piece, End):
            yield now, piece
            return
        self._free_at = max(self._free_at, now)
        for part in split(piece, max(1, int(min(_LARGEST, self._rate * _STEP)))):
            self._free_at += len(part) / self._rate
            yield self._free_at, part


class Sliced(Stage):
    """Small parts, a gap between one and the next. They are cut as they leave: each would cost 100 bytes."""

    def __init__(self, strike: Strike[Shape], cut: Slice, way: Way) -> None:
        super().__init__(strike)
        self._cut = cut
        self._way = way
        self._count = 0
        self._pieces: deque[Piece] = deque()
        self._offset = 0  # of the first of them: so much of it has left
        self._next = 0.0  # when the gap after the last part is over

    def put(self, piece: Piece, now: float) -> None:
        self.is_felt |= bool(self._pieces) or self._next > now
        self.size += length(piece)
        self._pieces.append(piece)

    def due(self) -> float | None:
        return self._next if self._pieces else None

    def take(self, now: float) -> Iterator[Piece]:
        while self._pieces and self._next <= now:
            piece = self._pieces[0]
            if isinstance(piece, End):
                self._pieces.popleft()
                yield piece
                continue
            part = piece[self._offset : self._offset + self._size()]
            self._offset += len(part)
            if self._offset == len(piece):
                self._pieces.popleft()
                self._offset = 0
            else:
                self.is_felt = True
            self.size -= len(part)
            self._next = now + self._cut.gap
            yield part

    def rest(self) -> Iterator[Piece]:
        while self._pieces:
            piece = self._pieces.popleft()
            yield piece if isinstance(piece, End) else piece[self._offset :]
            self._offset = 0
        self.size = 0

    def _parts(self, piece: Piece, now: float) -> Iterator[tuple[float, Piece]]:
        yield now, piece

    def _size(self) -> int:
        self._count += 1
        spread = self._cut.spread
        drawn = self._cut.dice.below(2 * spread + 1, f"size {self._way} {self._count}") if spread else 0
        return max(1, self._cut.size - spread + drawn)


class Limited(Stage):
    """So many bytes pass, then the end, and nothing after it. Its hit is the end, when it is carried out."""

    def __init__(self, strike: Strike[Shape], limit: Limit) -> None:
        super().__init__(strike)
        self._how: Literal["fin", "rst", "silence", "half"] = limit.how
        self._room = limit.bytes
        self._is_over = False

    def expire(self, now: float) -> None:
        """The time is up."""
        if not self._is_over:
            self._is_over = True
            self._waiting.append((now, self._end()))

    def _parts(self, piece: Piece, now: float) -> Iterator[tuple[float, Piece]]:
        if isinstance(piece, End):
            yield now, piece
            return
        if self._is_over:
            return
        if self._room is None or len(piece) <= self._room:
            self._room = None if self._room is None else self._room - len(piece)
            yield now, piece
            return
        self._is_over = True
        if self._room:
            yield now, piece[: self._room]
        yield now, self._end()

    def _end(self) -> End:
        return End(self._how, self.strike)


class Lingering(Stage):
    """The end comes late. One that the client has asked for does not: it would wait for nobody."""

    def __init__(self, strike: Strike[Shape], linger: Linger) -> None:
        super().__init__(strike)
        self._seconds = linger.seconds

    def let_go(self) -> None:
        """The client has ended the connection first."""
        self._seconds = 0.0

    def _parts(self, piece: Piece, now: float) -> Iterator[tuple[float, Piece]]:
        if isinstance(piece, End) and piece.how in ("eof", "close"):
            seconds, self._seconds = self._seconds, 0.0  # a second end waits for the first, not longer
            yield now + seconds, piece
        else:
            yield now, piece


def stage_of(strike: Strike[Shape], way: Way) -> Stage | None:
    """Return what a strike does to that direction, or None."""
    match strike.action:
        case Lag(direction=direction) as lag if direction in (way, "both"):
            return Late(strike, lag, way)
        case Pace(rate, direction) if direction in (way, "both"):
            return Paced(strike, rate)
        case Slice(direction=direction) as cut if direction in (way, "both"):
            return Sliced(strike, cut, way)
        case Limit(direction=direction) as limit if direction == way:
            return Limited(strike, limit)
        case Linger() as linger if way == "down":
            return Lingering(strike, linger)
        case _:
            return None


class Flow:
    """One direction: through the stages in their order, then out."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self._out: deque[Piece] = deque()
        self._ready = 0

    @property
    def size(self) -> int:
        """Bytes that are held."""
        return self._ready + sum(each.size for each in self.stages)

    @property
    def is_free(self) -> bool:
        """Whether a piece that comes now would pass at once, with none before it."""
        return not self.stages and not self._out

    def put(self, piece: Piece, now: float) -> None:
        """Take a piece in."""
        self._put(0, piece, now)

    def next(self, now: float) -> Piece | None:
        """Hand out the next piece that may pass by now, or None."""
        for number, stage in enumerate(self.stages):
            for piece in stage.take(now):
                self._put(number + 1, piece, now)
        if not self._out:
            return None
        piece = self._out.popleft()
        self._ready -= length(piece)
        return piece

    def due(self) -> float | None:
        """Return when to ask again; None if nothing is held but what has come out."""
        return min((due for each in self.stages if (due := each.due()) is not None), default=None)

    def remove(self, injection: str | None, now: float) -> None:
        """Take the stages of an injection (None: of all) out; what they hold goes on, in its place."""
        for number in reversed(range(len(self.stages))):
            if injection is None or self.stages[number].strike.injection.id == injection:
                stage = self.stages.pop(number)
                for piece in stage.rest():
                    self._put(number, piece, now)

    def clear(self) -> None:
        """Forget everything."""
        self.stages.clear()
        self._out.clear()
        self._ready = 0

    def _put(self, number: int, piece: Piece, now: float) -> None:
        if number < len(self.stages):
            self.stages[number].put(piece, now)
        else:
            self._ready += length(piece)
            self._out.append(piece)


def split(data: bytes, size: int) -> Iterator[bytes]:
    """Cut into parts of at most ``size``."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def length(piece: Piece) -> int:
    """Return how many bytes a piece keeps in memory."""
    return 0 if isinstance(piece, End) else len(piece)
