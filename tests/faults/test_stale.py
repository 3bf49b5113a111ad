"""The provider answers with what was true before."""

from chaoskit.core.actions import Recall, is_last
from chaoskit.faults.stale import Stale


def test_it_asks_for_an_earlier_answer_and_for_answers_to_be_remembered(told, answer):
    assert told(Stale(), answer(b"")) == {"call": Recall()}
    assert Stale.recalls


def test_where_none_is_remembered_other_faults_may_strike():
    assert not is_last(Recall())
