"""The answer's headers are gone, wrong or too large."""

from chaoskit.core.actions import Rewrite
from chaoskit.core.call import Answer, Call
from chaoskit.core.call import Headers as Pairs
from chaoskit.core.content import check_headers, without
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Bytes

LARGEST = 1_000_000
FILLER = "x-filler"
FRAMING = ("content-length", "transfer-encoding", "connection", "upgrade", "trailer", "content-encoding")
"""They say where the body ends or how to read it: ``corrupt`` and ``malformed`` are for those."""


@frozen(kw_only=True)
class Headers(Fault):
    """The answer comes with other headers. Its body passes as it comes.

    One or more of the parameters; they act in this order. An answer that they do not change is left alone.

    ``remove``: names of headers to take out.
    ``set``: headers to put in, in the place of those of that name.
    ``oversize``: add a header ``x-filler`` of so many bytes, to 1MB.
    """

    remove: tuple[str, ...] = ()
    set: Pairs = ()
    oversize: Bytes | None = None

    def __post_init__(self) -> None:
        if not self.remove and not self.set and self.oversize is None:
            raise ValueError("headers needs remove, set or oversize; got none")
        for what, names in (("remove", self.remove), ("set", tuple(name for name, _ in self.set))):
            for name in names:
                try:
                    check_headers(((name, ""),))
                except ValueError:
                    raise ValueError(f"{what} must have names of headers, got {name!r}") from None
                if name.lower() in FRAMING:
                    raise ValueError(f"{what} cannot be about how the body is sent, got {name}")
        try:
            check_headers(self.set)
        except ValueError as problem:
            raise ValueError(str(problem).replace("headers must", "set must", 1)) from None
        if self.oversize is not None and not 1 <= self.oversize <= LARGEST:
            raise ValueError(f"oversize must be 1B to 1MB, got {self.oversize}B")

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Rewrite | None:
        put = {name.lower() for name, _ in self.set}
        headers = without(answer.headers, *(name.lower() for name in self.remove))
        # a header that has the value already stays where it is
        if any(answer.header(name) != value for name, value in self.set):
            headers = (*without(headers, *put), *self.set)
        if self.oversize is not None:
            headers = (*headers, (FILLER, "x" * self.oversize))
        return None if headers == answer.headers else Rewrite(headers=headers, body=None)
