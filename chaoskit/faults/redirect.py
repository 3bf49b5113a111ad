"""The provider sends its callers elsewhere, or round in a circle."""

from chaoskit.core.actions import Reply
from chaoskit.core.call import Call
from chaoskit.core.content import check_headers
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen

STATUSES = (301, 302, 303, 307, 308)


@frozen(kw_only=True)
class Redirect(Fault):
    """The provider answers with a redirect: back to the same address, or to another. It never acts.

    ``status``: 301, 302, 303, 307 or 308. After the last two a client repeats method and body.
    ``to``: the location. Not given: the path that was called, so that whoever follows goes round.
    """

    status: int = 302
    to: str | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"status must be {', '.join(map(str, STATUSES))}; got {self.status}")
        if self.to is not None:
            if not self.to or self.to != self.to.strip():
                raise ValueError(f"to must be a URL or a path, got {self.to!r}")
            try:
                check_headers((("location", self.to),))
            except ValueError:
                raise ValueError(f"to must be one line of ASCII text, got {self.to!r}") from None

    def on_call(self, call: Call, dice: Dice) -> Reply:
        return Reply(status=self.status, headers=(("location", self.to or call.path),))
