"""What the parts of a stream suffer, and which answers are counted."""

from dataclasses import dataclass

import pytest

from chaoskit.core import decide
from chaoskit.core.actions import CloseFrame, Emit, Hold, Repeat, Wait
from chaoskit.core.call import Answer, Call, Event, Message
from chaoskit.core.experiment import Injection
from chaoskit.core.fault import Fault, settles
from chaoskit.core.timeline import Active

CALL = Call(
    identity="c",
    identified_by="order",
    provider="p",
    host="h",
    method="GET",
    path="/",
    headers=(),
    client="127.0.0.1",
    connection="p 1",
)
ANSWER = Answer(status=200, headers=())


@dataclass(frozen=True, slots=True)
class OnEvent(Fault):
    action: object = None

    def on_event(self, call, answer, event, dice):
        return Wait(dice.uniform(0, 1)) if self.action == "dice" else self.action


@dataclass(frozen=True, slots=True)
class OnMessage(Fault):
    action: object = None

    def on_message(self, call, message, dice):
        return Wait(dice.uniform(0, 1)) if self.action == "dice" else self.action


@dataclass(frozen=True, slots=True)
class Counts(Fault):
    def step(self, state, call, now):
        return state, None

    def settle(self, state, call, tokens, now):
        return state


class Memory:
    def fold(self, injection, call):
        return None


def injections(*faults):
    return [
        Injection(id=f"i{n}", provider="p", fault=fault, fault_name="f", start=0, stop=1)
        for n, fault in enumerate(faults)
    ]


def of_event(index, *faults):
    event = Event(index=index, raw=b"x", data=b"x")
    return [each.action for each in decide.on_event(injections(*faults), CALL, ANSWER, event, 7)]


def of_message(message, *faults):
    return [each.action for each in decide.on_message(injections(*faults), CALL, message, 7)]


def test_waits_of_an_event_add_up_and_only_the_first_replaces_it():
    first, second = Emit(pieces=(b"1",)), Emit(pieces=(b"2",))
    faults = [
        OnEvent(Wait(1)),
        OnEvent(first),
        OnEvent(second),
        OnEvent(Wait(2)),
        OnEvent(None),
        OnMessage(Hold()),
    ]
    assert of_event(0, *faults) == [Wait(1), first, Wait(2)]


def test_chance_is_thrown_anew_for_each_event_and_message_and_is_the_same_each_time():
    drawn = [of_event(i, OnEvent("dice"))[0] for i in range(9)]
    drawn += [
        of_message(Message(index=i, direction=way, kind="text", size=1), OnMessage("dice"))[0]
        for i in range(9)
        for way in ("up", "down")
    ]
    drawn += [of_message(Message(index=1, direction="up", kind="ping", size=1), OnMessage("dice"))[0]]
    assert len(set(drawn)) == len(drawn)
    assert of_event(3, OnEvent("dice"))[0] == drawn[3]


@pytest.mark.parametrize("last", [Hold(), CloseFrame(1011)])
def test_nothing_strikes_a_message_after_its_last_action(last):
    message = Message(index=0, direction="up", kind="text", size=1)
    faults = [OnMessage(Repeat(2)), OnMessage(last), OnMessage(Wait(1)), OnEvent(Wait(1))]
    assert of_message(message, *faults) == [Repeat(2), last]


def test_a_fault_that_counts_what_answers_cost_waits_for_them():
    (counts,) = injections(Counts())
    assert settles(counts.fault)
    assert not settles(OnEvent())
    decision = decide.on_call([Active(counts, 1.0)], CALL, 7, Memory())
    assert decision.pending == (counts,)
