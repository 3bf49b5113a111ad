"""The provider resets the stream of a call over HTTP/2."""

from chaoskit.core import http2
from chaoskit.core.actions import Close, Cut
from chaoskit.core.call import Answer, Call, body_length
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault, Layer
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Bytes


@frozen(kw_only=True)
class RstStream(Fault):
    """A call over HTTP/2 ends in RST_STREAM with an error code; the calls beside it go on.

    Calls over HTTP/1 are left alone.

    ``code``: the error code, by its name in RFC 9113, section 7. REFUSED_STREAM promises that nothing was
    done, and many clients then try again by themselves.
    ``after``: pass the answer's head and so many bytes of its body first; the provider got the call and
    acted. An answer that is no longer than this is left alone. Not given: it is not contacted.
    """

    code: http2.Code = "INTERNAL_ERROR"
    after: Bytes | None = None

    def __post_init__(self) -> None:
        if self.after is not None and self.after < 0:
            raise ValueError(f"after must be 0B or more, got {self.after}B")
        if self.after is not None and self.code == "REFUSED_STREAM":
            raise ValueError("after cannot go with REFUSED_STREAM, which says that nothing was done")

    def layers(self) -> frozenset[Layer]:
        """Act on the call, or with ``after`` on its answer."""
        return frozenset({"call" if self.after is None else "answer"})

    def on_call(self, call: Call, dice: Dice) -> Close | None:
        is_meant = call.is_http2 and self.after is None
        return Close(reset=True, code=http2.number(self.code)) if is_meant else None

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Cut | None:
        if self.after is None or not call.is_http2:
            return None
        length = body_length(call, answer)
        if length is not None and length <= self.after:
            return None
        return Cut(self.after, reset=True, code=http2.number(self.code))
