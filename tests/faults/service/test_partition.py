"""Two services no longer reach each other."""

import pytest

from chaoskit.core.service import NoRules, Rules, ServiceError
from chaoskit.faults.service.partition import Partition


def test_every_packet_between_them_is_dropped_while_the_lease_lasts(scene):
    assert Partition(from_="till").enter(scene()) == (
        Rules(
            "chaoskit_run_7_0",
            """\
chain output {
  type filter hook output priority 0
  ip daddr { 172.21.0.6 } meta l4proto @alive counter name hits drop
  ip6 daddr { fd00::6 } meta l4proto @alive counter name hits drop
}
chain input {
  type filter hook input priority 0
  ip saddr { 172.21.0.6 } meta l4proto @alive counter name hits drop
  ip6 saddr { fd00::6 } meta l4proto @alive counter name hits drop
}
""",
        ),
    )


def test_the_table_is_taken_away(scene):
    assert Partition(from_="till").leave(scene()) == (NoRules("chaoskit_run_7_0"),)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ("tax", "no container of the service 'tax' is running; others are: idle, till"),
        ("idle", "the service 'idle' has no address"),
    ],
)
def test_a_service_that_is_not_there_is_refused(scene, other, why):
    with pytest.raises(ServiceError, match=why):
        Partition(from_=other).enter(scene())
