"""What a first phase teaches: nothing without calls, without good answers, or around the proxy."""

from dataclasses import dataclass, field

import pytest

from chaoskit import spec
from chaoskit.core.guard import Counted
from chaoskit.run.baseline import baseline_problem

EXPERIMENT = spec.load(
    "x.yaml",
    """\
version: 1
name: x
target: {url: http://127.0.0.1:8081}
providers: {pay: {hosts: [pay.test]}, mail: {hosts: [mail.test]}, idle: {hosts: [idle.test]}}
load: {arrivals: 5/s, endpoints: [{name: a, request: GET /}]}
phases: {before: 20s, fault: 20s}
inject:
  - {id: down, provider: pay, fault: {error: {status: 503}}, during: fault}
  - {id: lost, provider: mail, fault: {error: {status: 503}}, during: fault}
slos: [{id: s, in: fault, availability: ">= 90%"}]
""",
)
BOTH = {"pay": 3, "mail": 2}


@dataclass
class Sight:
    """What the proxy saw, and what answered."""

    calls: dict[str, int] = field(default_factory=lambda: BOTH)
    answers: dict[str, int] = field(default_factory=lambda: BOTH)

    def seen(self, provider):
        return self.calls.get(provider, 0)

    def reached(self, provider):
        return self.answers.get(provider, 0)

    def trouble(self, provider):
        return None


@pytest.mark.parametrize(
    ("totals", "sight", "problem"),
    [
        ({"a": Counted(done=4, good=2)}, Sight(), None),
        ({}, Sight(), "no request was answered in `before`"),
        ({"a": Counted(done=0, good=0)}, Sight(), "no request was answered in `before`"),
        ({"a": Counted(done=2, good=2), "b": Counted(done=4, good=0)}, Sight(), "only 33.3% of 6 requests"),
        ({"a": Counted(done=4, good=4)}, Sight(calls={"pay": 3}), "saw no call to mail (mail.test)"),
        ({"a": Counted(done=4, good=4)}, Sight(answers={"mail": 1}), "pay"),
    ],
)
def test_a_baseline_that_can_teach_nothing_is_told(totals, sight, problem):
    told = baseline_problem(EXPERIMENT, totals, sight)
    if problem is None:
        assert told is None
    else:
        assert problem in told
        assert told.endswith("no fault was injected")


def test_of_several_problems_the_first_in_the_file_is_told():
    told = baseline_problem(EXPERIMENT, {"a": Counted(done=4, good=4)}, Sight(calls={}))
    assert "no call to pay" in told
