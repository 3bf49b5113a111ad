"""A stream that says something twice."""

from chaoskit.core.actions import Emit
from chaoskit.core.call import Answer, Call, Event
from chaoskit.core.dice import Dice
from chaoskit.core.events import again
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Count


@frozen(kw_only=True)
class DuplicateEvent(Fault):
    """An event of a stream comes more than once.

    An answer that is no stream of events, or has fewer of them, is left alone.

    ``nth``: which one, counted from 1.
    ``times``: how often it comes, 2 to 100.
    """

    nth: Count = 2
    times: Count = 2

    def __post_init__(self) -> None:
        if self.nth < 1:
            raise ValueError(f"nth must be 1 or more, got {self.nth}")
        if not 2 <= self.times <= 100:
            raise ValueError(f"times must be 2 to 100, got {self.times}")

    def on_event(self, call: Call, answer: Answer, event: Event, dice: Dice) -> Emit | None:
        if event.index != self.nth - 1:
            return None
        return Emit(pieces=(event.raw, *(again(event),) * (self.times - 1)))
