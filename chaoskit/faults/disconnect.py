"""The provider hangs up."""

from typing import ClassVar, Literal

from chaoskit.core.actions import Close, Cut, Emit, Refuse
from chaoskit.core.call import Answer, Call, Connection, Event, Hello, body_length
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault, Layer
from chaoskit.core.frozen import frozen
from chaoskit.core.units import Bytes, Count


@frozen(kw_only=True)
class Disconnect(Fault):
    """The provider closes the connection before it has answered, or in the middle of its answer.

    ``at``: ``request``: the provider is not contacted. ``response``: the provider got the call and acted,
    and nothing of its answer arrives. ``connect``: new connections are refused (``rst``) or closed at once
    (``fin``); needs no decryption. In each case what is under way when the injection begins is cut too.
    ``handshake``: a new connection is closed in answer to the first bytes of TLS; needs no decryption, and
    leaves open connections alone.
    ``how``: ``rst`` (connection reset) or ``fin`` (an orderly end).
    ``after``: pass the answer's head and so many bytes of its body first. The provider got the call and
    acted. An answer that is no longer than this is left alone.
    ``events``: instead, of an answer that is a stream of events, pass so many of them first. A stream that
    has begun before the injection is left alone.
    """

    seizes: ClassVar[bool] = True

    at: Literal["connect", "handshake", "request", "response"] = "request"
    how: Literal["rst", "fin"] = "rst"
    after: Bytes | None = None
    events: Count | None = None

    def __post_init__(self) -> None:
        if self.after is not None and self.after < 0:
            raise ValueError(f"after must be 0B or more, got {self.after}B")
        if self.events is not None and self.events < 1:
            raise ValueError(f"events must be 1 or more, got {self.events}")
        if self.after is not None and self.events is not None:
            raise ValueError("disconnect takes after or events, got both")
        what = "after" if self.after is not None else "events"
        if self.at in ("connect", "handshake") and not self._is_early:
            raise ValueError(
                f"{what} needs an answer, which at: {self.at} never lets begin; leave one of them out"
            )

    def layers(self) -> frozenset[Layer]:
        """Act where ``at`` says; ``after`` means the answer, ``events`` its events."""
        if self.events is not None:
            return frozenset({"event"})
        where: dict[str, Layer] = {
            "connect": "connect",
            "handshake": "hello",
            "request": "call",
            "response": "answer",
        }
        return frozenset({"answer" if self.after is not None else where[self.at]})

    def on_connect(self, conn: Connection, dice: Dice) -> Refuse | Close | None:
        if self.at != "connect":
            return None
        return Refuse() if self.how == "rst" else Close()

    def on_hello(self, hello: Hello, dice: Dice) -> Close | None:
        return Close(self._reset) if self.at == "handshake" else None

    def on_call(self, call: Call, dice: Dice) -> Close | None:
        return Close(self._reset) if self.at == "request" and self._is_early else None

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Close | Cut | None:
        if self.after is None:
            return Close(self._reset) if self.at == "response" and self._is_early else None
        length = body_length(call, answer)
        return None if length is not None and length <= self.after else Cut(self.after, self._reset)

    def on_event(self, call: Call, answer: Answer, event: Event, dice: Dice) -> Emit | None:
        return Emit(pieces=(), then=self.how) if event.index == self.events else None

    @property
    def _is_early(self) -> bool:
        return self.after is None and self.events is None

    @property
    def _reset(self) -> bool:
        return self.how == "rst"
