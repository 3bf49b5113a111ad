"""The provider's addresses of one IP version are gone."""

import pytest

from chaoskit.core.actions import Resolve
from chaoskit.core.call import Query
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.dns_family import DnsFamily


def test_it_acts_on_questions_and_on_nothing_else(told, answer):
    assert told(DnsFamily(lose="ipv4"), answer(length=3)) == {"query": Resolve()}


@pytest.mark.parametrize(
    ("lose", "kind", "hit"),
    [
        ("ipv4", "A", True),
        ("ipv4", "AAAA", False),
        ("ipv6", "A", False),
        ("ipv6", "AAAA", True),
        ("ipv6", "HTTPS", True),
        ("ipv4", "MX", False),
    ],
)
def test_one_family_is_lost_with_the_records_that_hint_at_it(lose, kind, hit, dice):
    query = Query(identity="x 1", provider="p", host="x", kind=kind, client="c")
    assert DnsFamily(lose=lose).on_query(query, dice) == (Resolve() if hit else None)


def test_on_connections_there_is_nothing_like_it():
    assert DnsFamily(lose="ipv6").approximation() is None
    assert not acts_on_calls(DnsFamily(lose="ipv6"))
