"""The provider gets a call twice."""

import pytest

from chaoskit.core.actions import Duplicate as Again
from chaoskit.faults.duplicate import Duplicate


@pytest.mark.parametrize(
    ("fault", "answer_of"), [(Duplicate(), "second"), (Duplicate(answer="first"), "first")]
)
def test_the_call_is_sent_again_with_all_of_its_body(fault, answer_of, told, answer):
    assert told(fault, answer(b"")) == {"call": Again(answer_of)}
    assert fault.reads_request
