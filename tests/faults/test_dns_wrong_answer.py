"""The provider's name leads somewhere else."""

import pytest

from chaoskit.core.actions import Refuse, Resolve
from chaoskit.core.call import Query
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.dns_wrong_answer import DnsWrongAnswer

ADDRESSES = ("192.0.2.1", "2001:db8::1")


def test_a_question_gets_the_addresses_and_a_connection_in_its_place_is_refused(told, answer):
    fault = DnsWrongAnswer(addresses=ADDRESSES)
    expected = {"query": Resolve(addresses=ADDRESSES, ttl=60), "connect": Refuse()}
    assert told(fault, answer(length=3)) == expected


@pytest.mark.parametrize(
    ("kind", "hit"), [("A", True), ("AAAA", True), ("HTTPS", True), ("SVCB", True), ("MX", False)]
)
def test_only_what_may_lead_to_an_address_is_changed(kind, hit, dice):
    query = Query(identity="x 1", provider="p", host="x", kind=kind, client="c")
    action = DnsWrongAnswer(addresses=ADDRESSES, ttl=7200.0).on_query(query, dice)
    assert action == (Resolve(addresses=ADDRESSES, ttl=7200) if hit else None)


def test_it_needs_no_decryption_spares_what_is_open_and_says_what_stands_for_it():
    fault = DnsWrongAnswer(addresses=ADDRESSES)
    assert not acts_on_calls(fault)
    assert not DnsWrongAnswer.seizes
    assert fault.approximation() == "refused connections"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"addresses": ()}, "addresses must have at least one address, got none"),
        ({"addresses": ("x.example",)}, "addresses must be IP addresses such as 192.0.2.1, got 'x.example'"),
        ({"addresses": ("fe80::1%eth0",)}, "addresses must have no zone, .*got 'fe80::1%eth0'"),
        ({"addresses": ADDRESSES, "ttl": -1.0}, "ttl must be whole seconds, 0s or more, got -1s"),
        ({"addresses": ADDRESSES, "ttl": 0.25}, "ttl must be whole seconds, 0s or more, got 0.25s"),
    ],
)
def test_what_no_record_can_say_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        DnsWrongAnswer(**wrong)
