"""No new connection is taken."""

from chaoskit.core.actions import Refuse as Refusal
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.refuse import Refuse


def test_it_refuses_connections_and_needs_no_decryption(told, answer):
    assert told(Refuse(), answer(length=1)) == {"connect": Refusal()}
    assert not acts_on_calls(Refuse())


def test_it_leaves_open_connections_alone():
    assert not Refuse.seizes
