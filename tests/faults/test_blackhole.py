"""The provider is silent."""

import pytest

from chaoskit.core.actions import Hold
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.blackhole import Blackhole


def test_a_blackhole_never_contacts_the_provider(told, answer):
    assert told(Blackhole(), answer(length=3)) == {"call": Hold()}


@pytest.mark.parametrize(
    ("at", "layer"),
    [
        ("connect", "connect"),
        ("request", "call"),
        ("response", "answer"),
    ],  # the provider acted only in the last
)
def test_the_silence_begins_where_the_file_says_and_nowhere_else(at, layer, told, answer):
    assert told(Blackhole(at=at), answer(length=3)) == {layer: Hold()}


def test_at_connect_needs_no_decryption():
    assert not acts_on_calls(Blackhole(at="connect"))
    assert acts_on_calls(Blackhole())


def test_it_takes_what_is_under_way():
    assert Blackhole.seizes
