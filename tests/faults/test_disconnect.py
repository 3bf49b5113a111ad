"""The provider hangs up."""

import pytest

from chaoskit.core.actions import Close, Cut, Emit, Refuse
from chaoskit.core.call import Event
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.disconnect import Disconnect


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Disconnect(), {"call": Close(reset=True)}),
        (Disconnect(how="fin"), {"call": Close(reset=False)}),
        (Disconnect(at="response"), {"answer": Close(reset=True)}),
        (Disconnect(at="response", how="fin"), {"answer": Close(reset=False)}),
        (Disconnect(at="connect"), {"connect": Refuse()}),
        (Disconnect(at="connect", how="fin"), {"connect": Close(reset=False)}),
        (Disconnect(at="handshake"), {"hello": Close(reset=True)}),
        (Disconnect(at="handshake", how="fin"), {"hello": Close(reset=False)}),
        (Disconnect(after=100), {"answer": Cut(100, reset=True)}),
        (Disconnect(after=0, how="fin"), {"answer": Cut(0, reset=False)}),
        (Disconnect(at="response", after=100), {"answer": Cut(100, reset=True)}),
    ],
    ids=str,
)
def test_it_hangs_up_where_and_how_the_file_says_and_nowhere_else(fault, expected, told, answer):
    assert told(fault, answer(length=1000)) == expected


@pytest.mark.parametrize("how", ["fin", "rst"])
@pytest.mark.parametrize("at", ["request", "response"])
def test_it_hangs_up_in_the_place_of_the_event_after_those_that_pass(how, at, call, answer, dice):
    fault = Disconnect(events=2, how=how, at=at)
    assert fault.layers() == {"event"}
    told = [fault.on_event(call, answer(), Event(index=i, raw=b"x", data=b"x"), dice) for i in range(4)]
    assert told == [None, None, Emit(pieces=(), then=how), None]
    assert (fault.on_call(call, dice), fault.on_answer(call, answer(), dice)) == (None, None)


def test_by_default_the_provider_is_not_contacted():
    assert Disconnect().layers() == {"call"}


@pytest.mark.parametrize(("length", "hit"), [(99, False), (100, False), (101, True), (None, True)])
def test_an_answer_that_would_arrive_whole_is_not_a_hit(length, hit, call, answer, dice):
    action = Disconnect(after=100).on_answer(call, answer(length=length), dice)
    assert (action is not None) == hit


def test_the_answer_to_head_has_no_body_to_cut(head, answer, dice):
    assert Disconnect(after=0).on_answer(head, answer(length=1000), dice) is None


def test_refused_connections_need_no_decryption():
    assert not acts_on_calls(Disconnect(at="connect"))
    assert not acts_on_calls(Disconnect(at="handshake"))
    assert not Disconnect.terminates_tls


def test_it_takes_what_is_under_way():
    assert Disconnect.seizes


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"after": -1}, "0B or more, got -1B"),
        ({"at": "connect", "after": 5}, "after needs an answer"),
        ({"at": "handshake", "after": 5}, "after needs an answer, which at: handshake"),
        ({"events": 0}, "events must be 1 or more, got 0"),
        ({"after": 1, "events": 1}, "after or events, got both"),
        ({"at": "connect", "events": 5}, "events needs an answer"),
    ],
)
def test_what_cannot_be_done_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Disconnect(**wrong)
