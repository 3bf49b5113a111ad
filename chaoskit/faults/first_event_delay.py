"""A stream whose first event is late."""

from chaoskit.core.actions import Wait
from chaoskit.core.call import Answer, Call, Event
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Lognormal, Normal, Pareto, Uniform
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class FirstEventDelay(Fault):
    """The answer's head comes as ever, and its first event (the first token) late.

    An answer that is no stream of events is left alone.

    ``time``: how much later, drawn for each answer: a duration, or a distribution as in ``delay``.
    """

    time: Fixed | Uniform | Normal | Lognormal | Pareto

    def on_event(self, call: Call, answer: Answer, event: Event, dice: Dice) -> Wait | None:
        return Wait(self.time.draw(dice)) if event.index == 0 else None
