"""A stream with an event that cannot be read."""

from typing import Literal

from chaoskit.core.actions import Emit
from chaoskit.core.call import Answer, Call, Event
from chaoskit.core.dice import Dice
from chaoskit.core.events import with_data
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.grammar import document
from chaoskit.core.units import Count


@frozen(kw_only=True)
class MalformedEvent(Fault):
    """One event of a stream arrives broken, and the rest as ever.

    An answer that is no stream of events, or has fewer of them, is left alone.

    ``nth``: which one, counted from 1.
    ``how``: ``json``: its JSON is cut, so that it does not parse; another kind of event is left alone.
    ``framing``: what sets it apart from the next is missing (the blank line of SSE, the line end of
    NDJSON, the comma of an array), so that the two run into each other.
    """

    nth: Count = 2
    how: Literal["json", "framing"] = "json"

    def __post_init__(self) -> None:
        if self.nth < 1:
            raise ValueError(f"nth must be 1 or more, got {self.nth}")

    def on_event(self, call: Call, answer: Answer, event: Event, dice: Dice) -> Emit | None:
        if event.index != self.nth - 1:
            return None
        if self.how == "json":
            if document(event.data) is None:
                return None
            # the bytes of one object end with its brace, so any beginning of them is broken
            cut = b" ".join(event.data[: max(1, len(event.data) * 2 // 3)].split(b"\n"))
            return Emit(pieces=(with_data(event, cut),))
        raw = _unframed(event)
        return None if raw == event.raw else Emit(pieces=(raw,))


def _unframed(event: Event) -> bytes:
    if event.framing == "array":
        return event.raw.lstrip(b", \r\n\t")
    bare = event.raw.rstrip(b"\r\n")
    return bare + b"\n" if event.framing == "sse" else bare
