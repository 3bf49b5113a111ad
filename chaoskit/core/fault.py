"""The interface of a fault: a frozen dataclass whose fields are its YAML parameters."""

from functools import cache
from typing import ClassVar, Literal

from chaoskit.core.actions import (
    AnswerAction,
    CallAction,
    ConnectAction,
    EventAction,
    HelloAction,
    MessageAction,
    QueryAction,
)
from chaoskit.core.call import Answer, Call, Connection, Event, Hello, Message, Query
from chaoskit.core.dice import Dice

Layer = Literal["query", "connect", "hello", "call", "answer", "event", "message"]

CALL_LAYERS: frozenset[Layer] = frozenset({"call", "answer", "event", "message"})
"""The layers above TLS: what acts on them needs single calls."""

State = tuple[float, ...]
"""What a fault with a memory keeps between calls: at most ``STATE_SIZE`` numbers, all 0 at first."""

STATE_SIZE = 102


class Fault:
    """Override what the fault acts on; which layer it needs follows from what it overrides.

    Everything is a pure function of its arguments. The undo is nobody's job: the timeline
    stops wanting the injection, and the proxy lets go.
    """

    reads_request: ClassVar[bool] = False
    """True: ``Call.body`` is filled, and the proxy buffers the request for it."""

    reads_answer: ClassVar[bool] = False
    """True: ``Answer.body`` is filled, and the proxy buffers the answer for it."""

    terminates_tls: ClassVar[bool] = False
    """True: the handshake with the client is answered by the proxy, with the project's CA."""

    recalls: ClassVar[bool] = False
    """True: the proxy remembers the provider's answers while the injection is off."""

    clogs: ClassVar[bool] = False
    """True: over HTTP/2, clients get the ordinary window for an upload, so that it can run out."""

    seizes: ClassVar[bool] = False
    """True: calls (or connections) in flight when the injection begins are struck at once."""

    def layers(self) -> frozenset[Layer]:
        """Say where the fault acts: by default, on what it overrides.

        A fault whose parameters choose the place (``at: connect``) overrides this too.
        """
        return _layers(type(self))

    def approximation(self) -> str | None:
        """Say what ``on_connect`` makes of a fault on DNS questions where nobody asks any; None: nothing.

        Behind an explicit proxy a client never resolves a provider's name itself.
        """
        return None

    def on_query(self, query: Query, dice: Dice) -> QueryAction | None:
        """Decide about a DNS question before it is answered."""

    def on_connect(self, conn: Connection, dice: Dice) -> ConnectAction | None:
        """Decide before the connection carries anything."""

    def on_hello(self, hello: Hello, dice: Dice) -> HelloAction | None:
        """Decide when the client has begun a TLS handshake, before the provider is contacted."""

    def on_call(self, call: Call, dice: Dice) -> CallAction | None:
        """Decide before the provider is contacted."""

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> AnswerAction | None:
        """Decide when the provider's answer (its head, or all of it if ``reads_answer``) is in hand."""

    def on_event(self, call: Call, answer: Answer, event: Event, dice: Dice) -> EventAction | None:
        """Decide about one event of a streamed answer. ``dice`` is thrown anew for each event."""

    def on_message(self, call: Call, message: Message, dice: Dice) -> MessageAction | None:
        """Decide about one WebSocket message. ``dice`` is thrown anew for each message."""

    def key_of(self, call: Call) -> str | None:
        """Say whose memory ``call`` goes to: each key has a state of its own. None: that of all calls."""

    def step(self, state: State, call: Call, now: float) -> tuple[State, CallAction | None]:
        """Fold one call into the memory, ``now`` seconds after the injection began, and decide about it.

        Only a fault that overrides this has a memory. The proxy owns the state, which is one for
        all its workers.
        """
        return state, None

    def settle(self, state: State, call: Call, tokens: int, now: float) -> State:
        """Fold what the answer to ``call`` has cost into the memory, whenever the answer tells more of it.

        Only for a fault with a memory, and only for a call that was let through.
        """
        return state


@cache
def _layers(kind: type[Fault]) -> frozenset[Layer]:
    own = {
        "query": ("on_query",),
        "connect": ("on_connect",),
        "hello": ("on_hello",),
        "call": ("on_call", "step"),
        "answer": ("on_answer",),
        "event": ("on_event",),
        "message": ("on_message",),
    }
    return frozenset(
        layer  # type: ignore[misc]
        for layer, methods in own.items()
        if any(getattr(kind, method) is not getattr(Fault, method) for method in methods)
    )


def has_memory(fault: Fault) -> bool:
    """Tell whether what one call suffers depends on the calls before it."""
    return type(fault).step is not Fault.step


def has_keys(fault: Fault) -> bool:
    """Tell whether the memory may be kept apart for several keys."""
    return type(fault).key_of is not Fault.key_of


def settles(fault: Fault) -> bool:
    """Tell whether the fault counts what answers cost."""
    return type(fault).settle is not Fault.settle


def acts_on_calls(fault: Fault) -> bool:
    """Tell whether what the fault strikes are calls, or parts of them."""
    return bool(fault.layers() & CALL_LAYERS)


def needs_calls(fault: Fault) -> bool:
    """Tell whether the proxy must end the client's TLS: for the fault to see calls, or as what it does.

    Then the provider's HTTPS is decrypted, in the mitm lane and with our CA (``core.lanes``).
    """
    return acts_on_calls(fault) or fault.terminates_tls
