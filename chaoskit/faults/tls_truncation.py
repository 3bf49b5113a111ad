"""The provider's answer is cut short, and only TLS tells."""

from typing import ClassVar

from chaoskit.core.actions import Cut
from chaoskit.core.call import Answer, Call
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Bytes


@frozen(kw_only=True)
class TlsTruncation(Fault):
    """The answer has no stated length and ends early, by FIN, without the close_notify of TLS.

    A client that does not look for the close_notify takes what came for the whole. An answer that is no
    longer than what arrives is left alone, and so are HTTP/2 and calls without TLS.

    ``after``: the bytes of the body that arrive.
    """

    reads_answer: ClassVar[bool] = True

    after: Bytes

    def __post_init__(self) -> None:
        if self.after < 0:
            raise ValueError(f"after must be 0B or more, got {self.after}B")

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Cut | None:
        return Cut(self.after, unframed=True) if len(answer.body or b"") > self.after else None
