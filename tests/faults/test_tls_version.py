"""A provider that speaks only old TLS."""

import pytest

from chaoskit.core.actions import Alert, Negotiate
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.tls_version import TlsVersion


def test_it_bounds_what_is_negotiated(told, answer):
    assert told(TlsVersion(highest="1.2"), answer(b"x")) == {"hello": Negotiate(highest="1.2")}


@pytest.mark.parametrize("versions", [("1.2",), ("1.2", "1.1", "1.0"), ("1.0",)])
def test_a_client_that_offers_nothing_newer_is_not_a_hit(versions, hello, dice):
    assert TlsVersion(highest="1.2").on_hello(hello(versions=versions), dice) is None


@pytest.mark.parametrize(("highest", "versions"), [("1.2", ("1.3",)), ("1.1", ("1.3", "1.2"))])
def test_a_client_that_offers_only_newer_gets_the_alert(highest, versions, hello, dice):
    assert TlsVersion(highest=highest).on_hello(hello(versions=versions), dice) == Alert(70)


def test_the_proxy_must_answer_the_handshake_and_need_not_see_calls():
    assert TlsVersion.terminates_tls
    assert not acts_on_calls(TlsVersion(highest="1.2"))
