"""The provider's line is slow."""

from typing import Literal

from chaoskit.core.actions import Pace
from chaoskit.core.call import Answer, Call
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault, Layer
from chaoskit.core.frozen import frozen
from chaoskit.core.units import BytesPerSecond


@frozen(kw_only=True)
class Throttle(Fault):
    """Bodies pass no faster than a stated rate, each call by itself.

    ``rate``: for example ``10kB/s``; above 0.
    ``direction``: ``up`` is the request's body, ``down`` the answer's.
    """

    rate: BytesPerSecond
    direction: Literal["both", "up", "down"] = "both"

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise ValueError(f"rate must be above 0B/s, got {self.rate:g}B/s; for silence use blackhole")

    def layers(self) -> frozenset[Layer]:
        """Act on the bodies that ``direction`` names."""
        where: dict[str, frozenset[Layer]] = {
            "up": frozenset({"call"}),
            "down": frozenset({"answer"}),
            "both": frozenset({"call", "answer"}),
        }
        return where[self.direction]

    def on_call(self, call: Call, dice: Dice) -> Pace | None:
        return None if self.direction == "down" else Pace(self.rate)

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Pace | None:
        return None if self.direction == "up" else Pace(self.rate)
