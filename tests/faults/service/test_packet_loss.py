"""The service's line loses packets."""

import pytest

from chaoskit.core.service import NoRules, Rules, ServiceError
from chaoskit.faults.service.packet_loss import PacketLoss


def chains(fault, scene):
    (rules,) = fault.enter(scene)
    assert isinstance(rules, Rules)
    assert fault.leave(scene) == (NoRules(rules.table),)
    return rules.chains


def test_a_share_is_lost_in_both_directions_and_loopback_is_spared(scene):
    assert (
        chains(PacketLoss(share=0.3), scene())
        == """\
chain output {
  type filter hook output priority 0
  oifname != "lo" numgen random mod 10000 < 3000 meta l4proto @alive counter name hits drop
}
chain input {
  type filter hook input priority 0
  iifname != "lo" numgen random mod 10000 < 3000 meta l4proto @alive counter name hits drop
}
"""
    )


def test_only_what_comes_from_one_service_is_lost(scene):
    assert (
        chains(PacketLoss(share=0.0123, direction="in", to="till"), scene())
        == """\
chain input {
  type filter hook input priority 0
  ip saddr { 172.21.0.6 } numgen random mod 10000 < 123 meta l4proto @alive counter name hits drop
  ip6 saddr { fd00::6 } numgen random mod 10000 < 123 meta l4proto @alive counter name hits drop
}
"""
    )


def test_all_is_no_draw(scene):
    assert "numgen" not in chains(PacketLoss(share=1.0, direction="out"), scene())


@pytest.mark.parametrize("share", [0.0, -0.1, 0.00001, 1.1, float("nan")])
def test_a_share_that_loses_nothing_is_refused(share):
    with pytest.raises(ValueError, match=r"share must be 0\.01% to 100%"):
        PacketLoss(share=share)


def test_a_service_that_is_not_there_is_refused(scene):
    with pytest.raises(ServiceError, match="no container of the service 'tax'"):
        PacketLoss(share=0.5, to="tax").enter(scene())
