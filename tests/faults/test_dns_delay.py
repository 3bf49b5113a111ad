"""The answer of DNS is late."""

from chaoskit.core.actions import Wait
from chaoskit.core.call import Query
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed, Uniform
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.dns_delay import DnsDelay


def test_a_question_waits_and_so_does_a_connection_in_its_place(told, answer):
    assert told(DnsDelay(time=Fixed(0.3)), answer(length=3)) == {"query": Wait(0.3), "connect": Wait(0.3)}


def test_the_time_is_drawn_for_each_question():
    query = Query(identity="x A 1", provider="p", host="x", kind="A", client="c")
    fault = DnsDelay(time=Uniform(from_=1.0, to=2.0))
    waits = [fault.on_query(query, Dice(7, "i", f"{n}")).seconds for n in range(50)]
    assert len(set(waits)) == 50
    assert all(1.0 <= each < 2.0 for each in waits)


def test_it_needs_no_decryption_spares_what_is_open_and_says_what_stands_for_it():
    fault = DnsDelay(time=Fixed(0.3))
    assert not acts_on_calls(fault)
    assert not DnsDelay.seizes
    assert fault.approximation() == "connections that are late by the same time"
