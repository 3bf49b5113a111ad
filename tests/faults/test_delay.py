"""The provider is late."""

import pytest

from chaoskit.core.actions import Wait
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Uniform
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.delay import Delay

PLACES = {"request": "call", "first_byte": "answer", "connect": "connect"}


@pytest.mark.parametrize("before", PLACES)
def test_it_waits_once_where_before_says_and_nowhere_else(before, told, answer):
    fault = Delay(time=Fixed(0.3), before=before)
    assert told(fault, answer(length=3)) == {PLACES[before]: Wait(0.3)}


def test_by_default_the_provider_itself_gets_the_call_late(told, answer):
    assert told(Delay(time=Fixed(0.3)), answer(length=3)) == {"call": Wait(0.3)}


def test_the_time_is_drawn_for_each_call(call):
    fault = Delay(time=Uniform(from_=1.0, to=2.0))
    waits = [fault.on_call(call, Dice(7, "i", f"{n}")).seconds for n in range(50)]
    assert len(set(waits)) == 50
    assert all(1.0 <= each < 2.0 for each in waits)


def test_a_late_connection_needs_no_decryption():
    assert not acts_on_calls(Delay(time=Fixed(1.0), before="connect"))


def test_calls_under_way_are_not_delayed():
    assert not Delay.seizes
