"""A stream whose events come slowly."""

from chaoskit.core.actions import Wait
from chaoskit.core.call import Answer, Call, Event
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Lognormal, Normal, Pareto, Uniform
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Count


@frozen(kw_only=True)
class EventGap(Fault):
    """Every event of a stream comes later after the one before it, as from a provider short of capacity.

    An answer that is no stream of events is left alone.

    ``time``: the least time between two events, drawn for each: a duration, or a distribution as in
    ``delay``. What arrives meanwhile waits its turn.
    ``after``: events that come at the provider's own pace first.
    """

    time: Fixed | Uniform | Normal | Lognormal | Pareto
    after: Count = 1

    def __post_init__(self) -> None:
        if self.after < 1:
            raise ValueError(f"after must be 1 or more, got {self.after}")

    def on_event(self, call: Call, answer: Answer, event: Event, dice: Dice) -> Wait | None:
        return Wait(self.time.draw(dice)) if event.index >= self.after else None
