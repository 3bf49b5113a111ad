"""A TLS handshake that is late."""

from chaoskit.core.actions import Wait
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Uniform
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.handshake_delay import HandshakeDelay


def test_the_hello_waits_and_nothing_else(told, answer):
    assert told(HandshakeDelay(time=Fixed(0.3)), answer(b"x")) == {"hello": Wait(0.3)}


def test_each_connection_draws_its_own_time(hello):
    fault = HandshakeDelay(time=Uniform(from_=0.1, to=2.0))
    times = [fault.on_hello(hello(), Dice(7, "i", f"stripe {n}")).seconds for n in range(50)]
    assert len(set(times)) == 50
    assert all(0.1 <= each <= 2.0 for each in times)


def test_it_needs_no_decryption():
    fault = HandshakeDelay(time=Fixed(1.0))
    assert not fault.terminates_tls
    assert not acts_on_calls(fault)
