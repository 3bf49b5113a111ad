"""What one connection, call or answer suffers, given the injections that are on.

The rules about overlap are all here:

1. A call suffers what was on when it began; an injection that starts later does not touch it,
   unless its fault seizes (blackhole, disconnect), which strikes calls in flight at once.
2. Injections strike in the order of the file. Waits add up. Rewrites see what the one before left.
3. After an action that ends the call (hold, refuse, close, reply) nothing else strikes it.
4. An injection whose share or selector leaves a call alone has not hit it.
5. One that is aimed at an edge strikes every host behind it, whichever provider the host belongs to.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from chaoskit.core.actions import (
    AnswerAction,
    CallAction,
    ConnectAction,
    Emit,
    EventAction,
    HelloAction,
    MessageAction,
    QueryAction,
    Rewrite,
    is_last,
)
from chaoskit.core.call import Answer, Call, Connection, Event, Hello, Message, Query
from chaoskit.core.dice import Dice
from chaoskit.core.fault import CALL_LAYERS, Fault, Layer, has_memory, settles
from chaoskit.core.frozen import frozen
from chaoskit.core.injection import Injection
from chaoskit.core.timeline import Active

_LATER: frozenset[Layer] = frozenset({"answer", "event", "message"})


class Memory(Protocol):
    """What the shell remembers between calls, one for all its workers."""

    def count(self, injection: str) -> int:
        """Count one more that the injection is about; return how many there are now (from 1)."""
        ...

    def fold(self, injection: Injection, call: Call) -> CallAction | None:
        """Apply the fault's ``step`` to the stored state of ``fault.key_of(call)``, and keep the new one."""
        ...

    def settle(self, injection: Injection, call: Call, tokens: int) -> None:
        """Apply ``injection.fault.settle`` to the stored state, at the current time."""
        ...


@frozen
class Strike[A]:
    """An injection and what it does."""

    injection: Injection
    action: A


@frozen
class Decision:
    """What one call suffers before it goes out, and which injections may act on its answer."""

    strikes: tuple[Strike[CallAction], ...]
    eligible: tuple[str, ...]  # ids of the injections that were about this call, before chance
    drawn: tuple[str, ...]  # those of them that the share let through
    pending: tuple[Injection, ...]  # drawn, and with something to say about what comes later


NOTHING = Decision((), (), (), ())


type Struck[A] = tuple[tuple[Strike[A], ...], tuple[str, ...], tuple[str, ...]]
"""What is suffered, the ids of the injections that were about it, and of those that the share let through."""


def on_query(active: Sequence[Active], query: Query, seed: int, memory: Memory) -> Struck[QueryAction]:
    """Return what a DNS question suffers."""
    return _of_layer("query", active, query, seed, memory, lambda fault, dice: fault.on_query(query, dice))


def on_connect(
    active: Sequence[Active], conn: Connection, seed: int, memory: Memory
) -> Struck[ConnectAction]:
    """Return what a connection suffers."""
    return _of_layer("connect", active, conn, seed, memory, lambda fault, dice: fault.on_connect(conn, dice))


def on_hello(active: Sequence[Active], hello: Hello, seed: int, memory: Memory) -> Struck[HelloAction]:
    """Return what a TLS handshake suffers."""
    return _of_layer("hello", active, hello, seed, memory, lambda fault, dice: fault.on_hello(hello, dice))


def _of_layer[A: QueryAction | ConnectAction | HelloAction](  # noqa: PLR0917 - all that there is to know
    layer: Layer,
    active: Sequence[Active],
    subject: Query | Connection | Hello,
    seed: int,
    memory: Memory,
    ask: Callable[[Fault, Dice], A | None],
) -> Struck[A]:
    strikes: list[Strike[A]] = []
    eligible: list[str] = []
    drawn: list[str] = []
    for each in active:
        injection = each.injection
        if not injection.is_aimed_at(subject.provider, subject.groups) or layer not in injection.layers:
            continue
        if injection.match.is_about_calls or not injection.match.takes_place(subject):
            continue
        if not _is_let_through(each, subject, seed, memory, eligible, drawn):
            continue
        action = ask(injection.fault, Dice(seed, injection.id, subject.identity))
        if action is None:
            continue
        strikes.append(Strike(injection, action))
        if is_last(action):
            break
    return tuple(strikes), tuple(eligible), tuple(drawn)


def on_call(active: Sequence[Active], call: Call, seed: int, memory: Memory) -> Decision:
    """Return what a call suffers before it goes out."""
    strikes: list[Strike[CallAction]] = []
    eligible: list[str] = []
    drawn: list[str] = []
    pending: list[Injection] = []
    for each in active:
        injection = each.injection
        fault = injection.fault
        if not injection.is_aimed_at(call.provider, call.groups) or not fault.layers() & CALL_LAYERS:
            continue
        if not injection.match.takes(call):
            continue
        if not _is_let_through(each, call, seed, memory, eligible, drawn):
            continue
        if fault.layers() & _LATER or settles(fault):
            pending.append(injection)
        if has_memory(fault):
            action = memory.fold(injection, call)
        else:
            action = fault.on_call(call, Dice(seed, injection.id, call.identity))
        if action is None:
            continue
        strikes.append(Strike(injection, action))
        if is_last(action):
            pending.clear()
            break
    return Decision(tuple(strikes), tuple(eligible), tuple(drawn), tuple(pending))


def on_answer(
    pending: Sequence[Injection], call: Call, answer: Answer, seed: int
) -> tuple[Strike[AnswerAction], ...]:
    """Return what an answer suffers from the injections that were drawn when its call began.

    A Rewrite is applied to ``answer`` before the next injection sees it, so that two of them add up.
    """
    strikes: list[Strike[AnswerAction]] = []
    for injection in pending:
        if "answer" not in injection.fault.layers():
            continue
        action = injection.fault.on_answer(call, answer, Dice(seed, injection.id, call.identity))
        if action is None:
            continue
        strikes.append(Strike(injection, action))
        if is_last(action):
            break
        if isinstance(action, Rewrite):
            body = answer.body if action.body is None else action.body
            answer = Answer(status=answer.status, headers=action.headers, body=body)
    return tuple(strikes)


def on_event(
    pending: Sequence[Injection], call: Call, answer: Answer, event: Event, seed: int
) -> tuple[Strike[EventAction], ...]:
    """Return what one event of a streamed answer suffers, from what was drawn when its call began.

    Only one injection may put something in its place: the first.
    """
    strikes: list[Strike[EventAction]] = []
    is_replaced = False
    for injection in pending:
        if "event" not in injection.fault.layers():
            continue
        dice = Dice(seed, injection.id, f"{call.identity} event {event.index}")
        action = injection.fault.on_event(call, answer, event, dice)
        if action is None or (is_replaced and isinstance(action, Emit)):
            continue
        is_replaced = is_replaced or isinstance(action, Emit)
        strikes.append(Strike(injection, action))
    return tuple(strikes)


def on_message(
    pending: Sequence[Injection], call: Call, message: Message, seed: int
) -> tuple[Strike[MessageAction], ...]:
    """Return what one WebSocket message suffers, from what was drawn when its call began."""
    strikes: list[Strike[MessageAction]] = []
    for injection in pending:
        if "message" not in injection.fault.layers():
            continue
        part = "message" if message.kind in ("text", "binary") else message.kind
        dice = Dice(seed, injection.id, f"{call.identity} {message.direction} {part} {message.index}")
        action = injection.fault.on_message(call, message, dice)
        if action is None:
            continue
        strikes.append(Strike(injection, action))
        if is_last(action):
            break
    return tuple(strikes)


def _is_let_through(  # noqa: PLR0917 - all that there is to know
    active: Active,
    subject: Call | Connection | Query | Hello,
    seed: int,
    memory: Memory,
    eligible: list[str],
    drawn: list[str],
) -> bool:
    """Count one more that the injection is about, and tell whether its selector and its share let it through.

    How far it came is noted in the lists.
    """
    injection = active.injection
    if injection.counts and not injection.selects(memory.count(injection.id)):
        return False
    eligible.append(injection.id)
    if not _is_drawn(active, seed, subject):
        return False
    drawn.append(injection.id)
    return True


def _is_drawn(active: Active, seed: int, subject: Call | Connection | Query | Hello) -> bool:
    match active.injection.unit:
        case "clients":
            identity = subject.client
        case "hosts":
            identity = subject.host
        case "keys" if isinstance(subject, Call) and active.injection.key is not None:
            identity = active.injection.key.of(subject)
        case "connections" if isinstance(subject, Call):
            identity = subject.connection
        case _:
            identity = subject.identity
    return Dice(seed, active.injection.id, identity).chance(active.share, "share")
