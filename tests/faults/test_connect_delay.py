"""Connecting takes long."""

from chaoskit.core.actions import Wait
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Uniform
from chaoskit.faults.connect_delay import ConnectDelay


def test_only_the_connection_waits(told, answer):
    assert told(ConnectDelay(time=Fixed(1.5)), answer(length=1)) == {"connect": Wait(1.5)}


def test_each_connection_has_its_own_time(told, answer):
    fault = ConnectDelay(time=Uniform(from_=1.0, to=2.0))
    waits = {fault.on_connect(None, Dice(7, "i", f"pay {n}")).seconds for n in range(20)}
    assert len(waits) == 20
    assert all(1 <= seconds < 2 for seconds in waits)
    assert waits == {fault.on_connect(None, Dice(7, "i", f"pay {n}")).seconds for n in range(20)}


def test_open_connections_are_not_late():
    assert not ConnectDelay.seizes
