"""The provider's name cannot be resolved, and that is said at once."""

import pytest

from chaoskit.core.actions import Refuse, Resolve
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.dns_error import DnsError


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (DnsError(), Resolve(code="NXDOMAIN")),
        (DnsError(negative_ttl=600.0), Resolve(code="NXDOMAIN", negative_ttl=600)),
        (DnsError(code="nodata"), Resolve()),
        (DnsError(code="nodata", negative_ttl=5.0), Resolve(negative_ttl=5)),
        (DnsError(code="servfail"), Resolve(code="SERVFAIL")),
        (DnsError(code="refused"), Resolve(code="REFUSED")),
        (DnsError(code="formerr"), Resolve(code="FORMERR")),
    ],
    ids=str,
)
def test_a_question_gets_the_error_and_a_connection_in_its_place_is_refused(fault, expected, told, answer):
    assert told(fault, answer(length=3)) == {"query": expected, "connect": Refuse()}


def test_it_needs_no_decryption_spares_what_is_open_and_says_what_stands_for_it():
    assert not acts_on_calls(DnsError())
    assert not DnsError.seizes
    assert DnsError().approximation() == "refused connections"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"negative_ttl": -1.0}, "negative_ttl must be whole seconds, 0s or more, got -1s"),
        ({"negative_ttl": 0.5}, "negative_ttl must be whole seconds, 0s or more, got 0.5s"),
        ({"negative_ttl": 1e12}, r"negative_ttl must be whole seconds, 0s or more, got 1e\+12s"),
        ({"code": "servfail", "negative_ttl": 5.0}, "negative_ttl is of nxdomain and nodata, .*got 5s"),
    ],
)
def test_what_no_answer_can_say_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        DnsError(**wrong)
