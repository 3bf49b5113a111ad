"""A provider that does not agree to every protocol."""

import pytest

from chaoskit.core.actions import Alert, Negotiate
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.alpn import Alpn


def test_it_leaves_only_what_the_file_names(told, answer):
    assert told(Alpn(only=("http/1.1",)), answer(b"x")) == {"hello": Negotiate(alpn=("http/1.1",))}


@pytest.mark.parametrize(
    ("only", "offers"),
    [
        (("http/1.1",), ("http/1.1",)),
        (("http/1.1", "h2"), ("h2", "http/1.1")),
        (("http/1.1",), ()),  # it does not speak of it, so it has nothing to be refused
        ((), ()),
    ],
)
def test_a_client_that_loses_nothing_is_not_a_hit(only, offers, hello, dice):
    assert Alpn(only=only).on_hello(hello(*offers), dice) is None


@pytest.mark.parametrize(("only", "offers"), [((), ("h2",)), (("h2",), ("http/1.1", "http/1.0"))])
def test_nothing_in_common_is_an_alert(only, offers, hello, dice):
    assert Alpn(only=only).on_hello(hello(*offers), dice) == Alert(120)


def test_the_proxy_must_answer_the_handshake_and_need_not_see_calls():
    assert Alpn.terminates_tls
    assert not acts_on_calls(Alpn(only=()))


def test_a_protocol_that_is_named_twice_is_refused():
    with pytest.raises(ValueError, match="only must name each protocol once, got h2, h2"):
        Alpn(only=("h2", "h2"))
