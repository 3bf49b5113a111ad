"""The service can no longer resolve names."""

from chaoskit.core.service import NoRules, Rules
from chaoskit.faults.service.dns import Dns


def test_answers_never_come(scene):
    assert Dns().enter(scene()) == (
        Rules(
            "chaoskit_run_7_0",
            """\
chain input {
  type filter hook input priority 0
  udp sport 53 meta l4proto @alive counter name hits drop
  tcp sport 53 meta l4proto @alive counter name hits drop
}
""",
        ),
    )


def test_questions_are_refused_before_they_are_sent_on_to_dockers_own_resolver(scene):
    assert Dns(mode="refused").enter(scene()) == (
        Rules(
            "chaoskit_run_7_0",
            """\
chain output {
  type filter hook output priority -150
  udp dport 53 meta l4proto @alive counter name hits reject with icmpx type port-unreachable
  tcp dport 53 meta l4proto @alive counter name hits reject with tcp reset
}
""",
        ),
    )


def test_the_table_is_taken_away(scene):
    assert Dns().leave(scene()) == (NoRules("chaoskit_run_7_0"),)
