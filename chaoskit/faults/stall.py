"""The provider's answer begins, and stops arriving."""

from dataclasses import dataclass

from chaoskit.core.actions import Stall as Silence
from chaoskit.core.call import Answer, Call, body_length
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.units import Bytes, Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall(Fault):
    """The answer begins and then nothing more comes, with the connection open.

    An answer that is known to be no longer than what arrives is left alone.

    ``after``: bytes of the body that arrive first; by default none, only the head.
    ``chunks``: instead, pieces of the body that arrive first, as the provider sent them: for token streams.
    """

    after: Bytes | None = None
    chunks: Count | None = None

    def __post_init__(self) -> None:
        if self.after is not None and self.chunks is not None:
            raise ValueError("stall takes after or chunks, got both")
        if self.after is not None and self.after < 0:
            raise ValueError(f"after must be 0B or more, got {self.after}B")
        if self.chunks is not None and self.chunks < 1:
            raise ValueError(f"chunks must be 1 or more, got {self.chunks}")

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Silence | None:
        length = body_length(call, answer)
        if length == 0:
            return None
        if self.chunks is not None:
            return Silence(self.chunks, chunks=True)
        after = self.after or 0
        return None if length is not None and length <= after else Silence(after)
