"""Who is struck, by what, in which order: the rules about chance and overlap."""

import random
from collections import Counter
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chaoskit.core import decide
from chaoskit.core.actions import (
    Alert,
    Close,
    CloseFrame,
    Cut,
    Emit,
    Hold,
    Pace,
    Refuse,
    Repeat,
    Reply,
    Resolve,
    Rewrite,
    Stall,
    Wait,
)
from chaoskit.core.call import Answer, Call, Connection, Event, Hello, Message, Query
from chaoskit.core.curve import Curve
from chaoskit.core.experiment import Injection
from chaoskit.core.fault import Fault
from chaoskit.core.match import Match
from chaoskit.core.timeline import Active

# Seeds are fixed, so nothing here flickers; blindly chosen, a right share would be out with this probability.
FALSE_ALARM = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall(Fault):
    action: object = Hold()

    def on_call(self, call, dice):
        return self.action


@dataclass(frozen=True, slots=True, kw_only=True)
class OnConnect(Fault):
    action: object = Hold()

    def on_connect(self, conn, dice):
        return self.action


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAnswer(Fault):
    action: object = Hold()

    def on_answer(self, call, answer, dice):
        return self.action


@dataclass(frozen=True, slots=True, kw_only=True)
class Append(Fault):
    text: bytes

    def on_answer(self, call, answer, dice):
        return Rewrite(headers=(*answer.headers, ("x-by", self.text.decode())), body=answer.body + self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembers(Fault):
    def step(self, state, call, now):
        return (*state, now), Hold()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnEvery(Fault):
    """Does one thing on each layer that has a part of its own."""

    query: object = None
    hello: object = None
    message: object = None

    def on_query(self, query, dice):
        return self.query

    def on_hello(self, hello, dice):
        return self.hello

    def on_event(self, call, answer, event, dice):
        return Wait(dice.uniform(0, 1))

    def on_message(self, call, message, dice):
        return self.message


class Memory:
    def __init__(self):
        self.counts = Counter()
        self.folded = []

    def count(self, injection):
        self.counts[injection] += 1
        return self.counts[injection]

    def fold(self, injection, call):
        self.folded.append(call.identity)
        return injection.fault.step((), call, 1.0)[1]


def injection(id_="i", fault=None, **changes):
    fields = {"provider": "p", "fault_name": "f", "start": 0.0, "stop": 10.0} | changes
    return Injection(id=id_, fault=fault or OnCall(), **fields)


def on(*injections, share=1.0):
    return [Active(each, share) for each in injections]


def a_call(identity="c", **changes):
    fields = {
        "identified_by": "order",
        "provider": "p",
        "host": "p.example",
        "method": "GET",
        "path": "/",
        "headers": (),
        "client": "10.0.0.1",
        "connection": "p 1",
    }
    return Call(identity=identity, **(fields | changes))


def a_conn(identity="p 1", **changes):
    fields = {"provider": "p", "host": "p.example", "port": 443, "client": "10.0.0.1"} | changes
    return Connection(identity=identity, **fields)


def struck(active, calls, seed=7):
    memory = Memory()
    return {c.identity for c in calls if decide.on_call(active, c, seed, memory).strikes}


# chance


@given(st.integers(0, 2**32), st.floats(0, 1), st.randoms())
def test_the_order_in_which_calls_arrive_changes_nothing(seed, share, shuffler):
    calls = [a_call(f"c{i}") for i in range(40)]
    active = on(injection(), share=share)
    expected = struck(active, calls, seed)
    shuffler.shuffle(calls)
    assert struck(active, calls, seed) == expected
    # another worker sees only some of them
    assert struck(active, calls[::2], seed) == expected & {c.identity for c in calls[::2]}


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.97])
def test_a_share_strikes_that_share_of_calls(share):
    hits = len(struck(on(injection(), share=share), [a_call(f"c{i}") for i in range(4000)]))
    assert stats.binomtest(hits, 4000, share).pvalue > FALSE_ALARM


def test_a_ramp_strikes_what_its_curve_sums_to():
    ramp = injection(share=Curve(((0.0, 0.0), (10.0, 0.8))))
    shares = [ramp.share.at(i / 400) for i in range(4000)]
    hits = sum(bool(struck(on(ramp, share=s), [a_call(f"c{i}")])) for i, s in enumerate(shares))
    deviation = sum(s * (1 - s) for s in shares) ** 0.5
    assert abs(hits - sum(shares)) < stats.norm.isf(FALSE_ALARM / 2) * deviation


def test_two_injections_draw_independently():
    calls = [a_call(f"c{i}") for i in range(4000)]
    first, second = (struck(on(injection(name), share=0.5), calls) for name in "ab")
    assert stats.binomtest(len(first & second), 4000, 0.25).pvalue > FALSE_ALARM


def test_a_share_of_nothing_strikes_nothing_but_the_calls_were_eligible():
    decision = decide.on_call(on(injection(), share=0.0), a_call(), 7, Memory())
    assert decision == replace(decide.NOTHING, eligible=("i",))


@pytest.mark.parametrize(
    ("unit", "field"), [("clients", "client"), ("hosts", "host"), ("connections", "connection")]
)
def test_a_sticky_unit_shares_one_fate(unit, field):
    active = on(injection(unit=unit), share=0.5)
    fates = {}
    for n in range(40):
        calls = [a_call(f"c{n}-{i}", **{field: f"name-{n}"}) for i in range(20)]
        hit = len(struck(active, calls))
        assert hit in (0, 20)
        fates[n] = hit
    assert set(fates.values()) == {0, 20}


def test_a_share_of_requests_does_not_stick_to_a_client():
    assert 0 < len(struck(on(injection(), share=0.5), [a_call(f"c{i}") for i in range(100)])) < 100


def test_a_connection_and_the_calls_on_it_share_one_draw():
    whole = injection(unit="connections", fault=OnConnect())
    calls = injection(unit="connections", fault=OnCall())
    for n in range(50):
        conn = bool(decide.on_connect(on(whole, share=0.5), a_conn(f"p {n}"), 7, Memory())[0])
        call = bool(struck(on(calls, share=0.5), [a_call(connection=f"p {n}")]))
        assert conn == call


# selection


@given(st.integers(1, 30), st.integers(0, 60))
def test_first_n_takes_exactly_the_first(n, count):
    calls = [a_call(f"c{i}") for i in range(count)]
    assert struck(on(injection(first_n=n)), calls) == {c.identity for c in calls[:n]}


def test_first_n_counts_all_calls_and_every_nth_picks_from_those():
    calls = [a_call(f"c{i}") for i in range(20)]
    assert struck(on(injection(first_n=10, every_nth=3)), calls) == {"c2", "c5", "c8"}


def test_calls_that_do_not_match_are_not_counted():
    memory = Memory()
    active = on(injection(first_n=1, match=Match(method=("POST",))))
    assert not decide.on_call(active, a_call("a"), 7, memory).strikes
    assert decide.on_call(active, a_call("b", method="POST"), 7, memory).strikes
    assert not decide.on_call(active, a_call("c", method="POST"), 7, memory).eligible


def test_a_call_that_is_not_selected_is_not_eligible():
    decision = decide.on_call(on(injection(every_nth=2)), a_call(), 7, Memory())
    assert decision == decide.NOTHING


def test_calls_to_another_provider_are_untouched():
    assert decide.on_call(on(injection()), a_call(provider="q"), 7, Memory()) == decide.NOTHING
    active = on(injection(fault=OnConnect()))
    assert decide.on_connect(active, a_conn(provider="q"), 7, Memory()) == ((), (), ())


def test_a_fault_of_the_connection_does_not_count_calls_and_the_other_way_round():
    assert decide.on_call(on(injection(fault=OnConnect())), a_call(), 7, Memory()) == decide.NOTHING
    assert decide.on_connect(on(injection(fault=OnCall())), a_conn(), 7, Memory()) == ((), (), ())


# overlap


@pytest.mark.parametrize("last", [Hold(), Close(), Reply(status=503)], ids=["hold", "close", "reply"])
def test_nothing_strikes_a_call_after_its_last_action(last):
    active = on(
        injection("slow", OnCall(action=Wait(1.0))),
        injection("edit", Append(text=b"x")),
        injection("end", OnCall(action=last)),
        injection("more", OnCall(action=Wait(1.0))),
    )
    decision = decide.on_call(active, a_call(), 7, Memory())
    assert [s.injection.id for s in decision.strikes] == ["slow", "end"]
    assert decision.eligible == decision.drawn == ("slow", "edit", "end")
    assert decision.pending == ()  # no answer will come


@given(st.lists(st.floats(0, 10), min_size=1, max_size=5))
def test_waits_add_up_in_the_order_of_the_file(seconds):
    active = on(*(injection(f"i{n}", OnCall(action=Wait(s))) for n, s in enumerate(seconds)))
    strikes = decide.on_call(active, a_call(), 7, Memory()).strikes
    assert [s.action for s in strikes] == [Wait(s) for s in seconds]


@pytest.mark.parametrize("last", [Hold(), Refuse(), Close()], ids=["hold", "refuse", "close"])
def test_nothing_strikes_a_connection_after_its_last_action(last):
    active = on(
        injection("slow", OnConnect(action=Wait(1.0))),
        injection("end", OnConnect(action=last)),
        injection("more", OnConnect()),
    )
    strikes, eligible, drawn = decide.on_connect(active, a_conn(), 7, Memory())
    assert [s.injection.id for s in strikes] == ["slow", "end"]
    assert eligible == drawn == ("slow", "end")


def test_two_rewrites_add_up():
    active = on(injection("a", Append(text=b"1")), injection("b", Append(text=b"2")))
    call = a_call()
    pending = decide.on_call(active, call, 7, Memory()).pending
    strikes = decide.on_answer(pending, call, Answer(status=200, headers=(), body=b"0"), 7)
    assert [s.action.body for s in strikes] == [b"01", b"012"]
    assert strikes[-1].action.headers == (("x-by", "1"), ("x-by", "2"))


@pytest.mark.parametrize("last", [Hold(), Close(), Reply(status=502)], ids=["hold", "close", "reply"])
def test_nothing_strikes_an_answer_after_its_last_action(last):
    faults = [OnAnswer(action=Pace(1.0)), OnAnswer(action=last), Append(text=b"x")]
    pending = [injection(f"i{n}", fault) for n, fault in enumerate(faults)]
    strikes = decide.on_answer(pending, a_call(), Answer(status=200, headers=(), body=b""), 7)
    assert [s.injection.id for s in strikes] == ["i0", "i1"]


def test_a_cut_lets_what_comes_before_it_still_be_slow():
    pending = [injection("a", OnAnswer(action=Cut(9))), injection("b", OnAnswer(action=Stall(5)))]
    strikes = decide.on_answer(pending, a_call(), Answer(status=200, headers=()), 7)
    assert [s.action for s in strikes] == [Cut(9), Stall(5)]


def test_an_injection_that_does_nothing_has_not_hit():
    active = on(injection("call", OnCall(action=None)), injection("answer", OnAnswer(action=None)))
    decision = decide.on_call(active, a_call(), 7, Memory())
    assert decision.strikes == ()
    assert decision.drawn == ("call", "answer")
    assert decide.on_answer(decision.pending, a_call(), Answer(status=200, headers=()), 7) == ()


def test_a_connection_fault_that_does_nothing_has_not_hit():
    active = on(injection("none", OnConnect(action=None)), injection("hold", OnConnect()))
    strikes, eligible, drawn = decide.on_connect(active, a_conn(), 7, Memory())
    assert [s.injection.id for s in strikes] == ["hold"]
    assert eligible == drawn == ("none", "hold")


def test_only_calls_that_were_drawn_meet_the_fault_at_their_answer():
    active = on(injection(fault=OnAnswer()), share=0.5)
    pending = [bool(decide.on_call(active, a_call(f"c{i}"), 7, Memory()).pending) for i in range(100)]
    assert 0 < sum(pending) < 100


# the other layers


def test_a_question_and_a_hello_suffer_up_to_their_last_action():
    query = Query(identity="q", provider="p", host="p.example", kind="A", client="c")
    hello = Hello(identity="h", provider="p", host="p.example", client="c")
    active = on(
        injection("slow", OnEvery(query=Wait(1.0), hello=Wait(2.0))),
        injection("end", OnEvery(query=Resolve(code="NXDOMAIN"), hello=Alert(40))),
        injection("more", OnEvery(query=Hold(), hello=Hold())),
        injection("calls", OnCall()),
    )
    strikes, eligible, drawn = decide.on_query(active, query, 7, Memory())
    assert [s.action for s in strikes] == [Wait(1.0), Resolve(code="NXDOMAIN")]
    assert eligible == drawn == ("slow", "end")
    assert [s.action for s in decide.on_hello(active, hello, 7, Memory())[0]] == [Wait(2.0), Alert(40)]
    stranger = replace(query, provider="other")
    assert decide.on_query(active, stranger, 7, Memory()) == ((), (), ())


def test_events_and_messages_meet_what_was_drawn_with_their_call_and_each_throws_its_own_dice():
    call, answer = a_call(), Answer(status=200, headers=())
    active = on(injection("a", OnEvery(message=Repeat(2))), injection("b", OnCall(action=None)))
    pending = decide.on_call(active, call, 7, Memory()).pending
    assert [each.id for each in pending] == ["a"]
    events = [Event(index=i, raw=b"x", data=b"x") for i in range(3)]
    waits = [decide.on_event(pending, call, answer, each, 7)[0].action.seconds for each in events]
    assert len(set(waits)) == 3
    assert waits[1] == decide.on_event(pending, call, answer, events[1], 7)[0].action.seconds
    up = Message(index=0, direction="up", kind="text", size=1)
    assert [s.action for s in decide.on_message(pending, call, up, 7)] == [Repeat(2)]


def test_nothing_strikes_a_message_after_the_socket_was_closed():
    pending = [injection("a", OnEvery(message=CloseFrame(1011))), injection("b", OnEvery(message=Hold()))]
    message = Message(index=0, direction="down", kind="text", size=1)
    assert [s.action for s in decide.on_message(pending, a_call(), message, 7)] == [CloseFrame(1011)]


def test_an_injection_on_events_alone_says_nothing_about_the_answer():
    pending = [injection("a", OnEvery())]
    assert decide.on_answer(pending, a_call(), Answer(status=200, headers=()), 7) == ()
    assert Emit(pieces=()).then == "go on"


# memory


def test_a_fault_with_a_memory_folds_only_the_calls_that_were_drawn():
    memory = Memory()
    active = on(injection(fault=Remembers()), share=0.5)
    drawn = [c for c in (a_call(f"c{i}") for i in range(50)) if decide.on_call(active, c, 7, memory).drawn]
    assert memory.folded == [c.identity for c in drawn]
    assert 0 < len(drawn) < 50


def test_a_shuffled_run_of_several_injections_decides_the_same_for_each_call():
    active = on(
        injection("a", OnCall(action=Wait(1.0))),
        injection("b", OnCall(action=Close()), unit="clients"),
        injection("c", Append(text=b"x")),
        share=0.5,
    )
    calls = [a_call(f"c{i}", client=f"10.0.0.{i % 7}") for i in range(200)]
    first = {c.identity: decide.on_call(active, c, 7, Memory()) for c in calls}
    random.Random(1).shuffle(calls)
    assert {c.identity: decide.on_call(active, c, 7, Memory()) for c in calls} == first
