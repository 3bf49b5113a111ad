"""The provider shows a certificate in which one thing is wrong."""

from typing import get_args, get_type_hints

import pytest

from chaoskit.core import actions
from chaoskit.core.actions import Certify
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.certificate import Certificate

PROBLEMS = get_args(get_type_hints(Certificate)["problem"])


@pytest.mark.parametrize("problem", PROBLEMS)
def test_it_asks_for_a_certificate_with_that_problem(problem, told, answer):
    assert told(Certificate(problem=problem), answer(b"x")) == {"hello": Certify(problem)}


def test_the_file_may_name_every_problem_that_the_proxy_can_make_and_no_other():
    assert get_args(get_type_hints(actions.Certify)["problem"]) == PROBLEMS


def test_the_proxy_must_answer_the_handshake_and_need_not_see_calls():
    assert Certificate.terminates_tls
    assert not acts_on_calls(Certificate(problem="expired"))
