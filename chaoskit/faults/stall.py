"""The provider's answer begins, and stops arriving."""

from chaoskit.core.actions import Emit
from chaoskit.core.actions import Stall as Silence
from chaoskit.core.call import Answer, Call, Event, body_length
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault, Layer
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Bytes, Count


@frozen(kw_only=True)
class Stall(Fault):
    """The answer begins and then nothing more comes, with the connection open.

    An answer that is known to be no longer than what arrives is left alone.

    ``after``: bytes of the body that arrive first; by default none, only the head.
    ``chunks``: instead, pieces of the body that arrive first, as the provider sent them: for token streams.
    ``events``: instead, events that arrive first, of an answer that is a stream of them.
    """

    after: Bytes | None = None
    chunks: Count | None = None
    events: Count | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("after", "chunks", "events") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"stall takes one of after, chunks and events, got {' and '.join(given)}")
        if self.after is not None and self.after < 0:
            raise ValueError(f"after must be 0B or more, got {self.after}B")
        if self.chunks is not None and self.chunks < 1:
            raise ValueError(f"chunks must be 1 or more, got {self.chunks}")
        if self.events is not None and self.events < 1:
            raise ValueError(f"events must be 1 or more, got {self.events}")

    def layers(self) -> frozenset[Layer]:
        """Act on the events if they are counted."""
        return frozenset({"answer" if self.events is None else "event"})

    def on_event(self, call: Call, answer: Answer, event: Event, dice: Dice) -> Emit | None:
        return Emit(pieces=(), then="silence") if event.index == self.events else None

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Silence | None:
        length = body_length(call, answer)
        if length == 0 or self.events is not None:
            return None
        if self.chunks is not None:
            return Silence(self.chunks, chunks=True)
        after = self.after or 0
        return None if length is not None and length <= after else Silence(after)
