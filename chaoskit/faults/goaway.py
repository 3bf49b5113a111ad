"""The provider asks its callers to leave the HTTP/2 connection."""

from typing import Literal

from chaoskit.core import http2
from chaoskit.core.actions import GoAway
from chaoskit.core.call import Call
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class Goaway(Fault):
    """A call over HTTP/2 meets a GOAWAY: its connection takes no more calls.

    Calls over HTTP/1 are left alone. Later calls on the same connection are refused and are hits too: they
    were not processed, so that a client may send them again elsewhere (RFC 9113, section 6.8).

    ``code``: the error code, by its name in RFC 9113, section 7.
    ``refuses``: ``later``: this call and those under way are answered, then the connection is closed: a
    server that is being drained. ``this``: this call is refused too, and the provider is not contacted for
    it. ``all``: every call on the connection is cut off at once, whatever the provider made of it.
    """

    code: http2.Code = "NO_ERROR"
    refuses: Literal["later", "this", "all"] = "later"

    def on_call(self, call: Call, dice: Dice) -> GoAway | None:
        return GoAway(http2.number(self.code), self.refuses) if call.is_http2 else None
