"""The provider's answer is cut short, and looks whole."""

from typing import ClassVar

from chaoskit.core.actions import Rewrite
from chaoskit.core.call import Answer, Call
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Bytes, Share


@frozen(kw_only=True)
class Truncate(Fault):
    """The answer ends early, in good HTTP: its length is that of what is left.

    Exactly one of the parameters says where. An answer that is no longer than that is left alone.

    ``keep``: the share of the body that is left, 0% to below 100%.
    ``keep_bytes``: the bytes that are left.
    """

    reads_answer: ClassVar[bool] = True

    keep: Share | None = None
    keep_bytes: Bytes | None = None

    def __post_init__(self) -> None:
        if (self.keep is None) == (self.keep_bytes is None):
            given = "neither" if self.keep is None else "both"
            raise ValueError(f"truncate needs keep or keep_bytes, got {given}")
        if self.keep is not None and not 0 <= self.keep < 1:
            raise ValueError(f"keep must be 0% to below 100%, got {self.keep:.4g} of the whole")
        if self.keep_bytes is not None and self.keep_bytes < 0:
            raise ValueError(f"keep_bytes must be 0B or more, got {self.keep_bytes}B")

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Rewrite | None:
        body = answer.body or b""
        left = int(len(body) * self.keep + 1e-6) if self.keep is not None else (self.keep_bytes or 0)
        return Rewrite(headers=answer.headers, body=body[:left]) if left < len(body) else None
