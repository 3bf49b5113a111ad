"""No answer comes from DNS."""

from chaoskit.core.actions import Hold
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.dns_timeout import DnsTimeout


def test_a_question_meets_silence_and_so_does_a_connection_in_its_place(told, answer):
    assert told(DnsTimeout(), answer(length=3)) == {"query": Hold(), "connect": Hold()}


def test_it_needs_no_decryption_spares_what_is_open_and_says_what_stands_for_it():
    assert not acts_on_calls(DnsTimeout())
    assert not DnsTimeout.seizes
    assert DnsTimeout().approximation() == "connections that are accepted and then silent"
