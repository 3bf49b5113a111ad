"""Exposure: what must be known before a check may say that it stood a fault."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.exposure import (
    ENOUGH,
    Basis,
    Counted,
    Exposure,
    Link,
    capture_problem,
    described,
    end_problem,
    meeting_problem,
    overlap_problem,
)

TRACED = Link(
    endpoint="pay",
    provider="stripe",
    request="POST /pay",
    basis=Basis.TRACES,
    before=Counted(requests=2, calling=2),
    after=Counted(requests=1, calling=1),
    quiet=Counted(requests=100, calling=100),
    late=Counted(requests=100, calling=100),
    is_seen=True,
)
PROBED = replace(TRACED, basis=Basis.PROBES)


@pytest.mark.parametrize("link", [TRACED, PROBED, replace(TRACED, basis=Basis.ONLY_CALLER)])
def test_a_link_whose_calls_are_seen_is_proven(link: Link) -> None:
    assert capture_problem(link) is None
    assert end_problem(link) is None


UNPROVEN = {
    "half of its requests go around": (
        replace(TRACED, quiet=Counted(requests=100, calling=50)),
        "the proxy saw a call from only 50 of its 100 requests before any fault",
    ),
    "no probe was seen": (
        replace(PROBED, before=Counted(requests=5, calling=0)),
        "the proxy saw no call to it while `POST /pay` was sent alone 5 times",
    ),
    "one of five is a coincidence": (
        replace(PROBED, before=Counted(requests=5, calling=1)),
        "the proxy saw one call to it while `POST /pay` was sent alone 5 times",
    ),
    "the probes were seen, the load was not": (
        replace(PROBED, quiet=Counted(requests=118, calling=12)),
        "its 118 requests came with about 12 calls that the proxy saw, though each probe made one",
    ),
    "nothing ties its calls to it": (
        replace(TRACED, basis=Basis.UNKNOWN),
        "nothing ties its calls to it",
    ),
}


@pytest.mark.parametrize("name", UNPROVEN)
def test_what_is_not_proven_names_the_endpoint_and_what_to_do(name: str) -> None:
    link, said = UNPROVEN[name]
    problem = capture_problem(link)
    assert problem is not None
    assert problem.startswith("pay depends on stripe, and ")
    assert said in problem
    assert "`chaoskit doctor`" in problem or "pass `traceparent` on" in problem


@pytest.mark.parametrize("name", UNPROVEN)
def test_who_calls_now_and_then_or_claims_nothing_has_nothing_to_prove_beforehand(name: str) -> None:
    link, _ = UNPROVEN[name]
    assert capture_problem(replace(link, is_always=False)) is None
    assert capture_problem(replace(link, is_stated=False)) is None


@pytest.mark.parametrize(
    ("link", "is_proven"),
    [
        (replace(TRACED, after=Counted(requests=5, calling=0)), True),  # its load was seen in the last phase
        (replace(TRACED, after=Counted(requests=5), late=Counted(requests=100)), False),
        (replace(TRACED, after=Counted(), late=None), True),  # the fault was on until the end
        (replace(PROBED, after=Counted(requests=5)), False),
        (replace(PROBED, after=Counted()), False),  # it could be sent before, and was not sent again
    ],
)
def test_capture_must_last_to_the_end(link: Link, *, is_proven: bool) -> None:
    assert (end_problem(link) is None) is is_proven


EXPOSED = Exposure(
    judged=300, under=300, basis=Basis.TRACES, providers=("stripe",), called=300, met=297, instead=0
)


def test_a_window_that_few_samples_met_shows_little() -> None:
    assert overlap_problem(EXPOSED, may_dilute=False) is None
    short = replace(EXPOSED, under=3)
    problem = overlap_problem(short, may_dilute=False)
    assert problem is not None
    assert problem.startswith("only 3 of 300 judged samples (1.0%) were sent or open while a fault was on")
    assert "`dilution: allowed`" in problem
    assert overlap_problem(short, may_dilute=True) is None


@pytest.mark.parametrize(
    ("exposure", "is_enough"),
    [
        (EXPOSED, True),
        (replace(EXPOSED, called=5, met=5, instead=295, instead_by=("called adyen",)), True),
        (replace(EXPOSED, called=12, met=12), False),
        (replace(EXPOSED, called=0, met=0), False),
        (replace(EXPOSED, called=0, met=0, is_always=False), False),
        (replace(EXPOSED, called=1, met=1, is_always=False), True),
        (replace(EXPOSED, called=0, met=0, providers=()), True),  # a bystander claims nothing
        (replace(EXPOSED, called=0, met=0, is_stated=False), True),
    ],
)
def test_enough_samples_must_be_known_to_have_met_it_or_turned_away(
    exposure: Exposure, *, is_enough: bool
) -> None:
    problem = meeting_problem(exposure, "pay")
    assert (problem is None) is is_enough
    assert problem is None or "pay" in problem


def test_a_column_says_how_many_met_it_and_how_that_is_known() -> None:
    assert described(EXPOSED) == "297 of 300 met it, 300 called (by traces)"
    estimate = replace(
        EXPOSED, judged=400, basis=Basis.PROBES, called=5, met=5, instead=290, instead_by=("called adyen",)
    )
    assert described(estimate) == (
        "about 5 of 300 met it, 290 turned away (called adyen); 75.0% of all judged (by probes)"
    )
    assert described(replace(EXPOSED, providers=())) == "300 under the fault, none called what was struck"
    assert described(replace(EXPOSED, basis=Basis.UNKNOWN)) == "300 under the fault, not known which called"
    assert described(replace(EXPOSED, under=0)) == "no fault was on"


counts = st.integers(0, 400)


@given(judged=counts, under=counts, called=counts, instead=counts)
def test_less_exposure_never_proves_more(judged: int, under: int, called: int, instead: int) -> None:
    under = min(under, judged)
    exposure = replace(EXPOSED, judged=judged, under=under, called=called, instead=instead)
    fewer = replace(exposure, called=called // 2, instead=instead // 2)
    assert 0 <= exposure.accounted <= under
    if meeting_problem(exposure, "pay") is not None:
        assert meeting_problem(fewer, "pay") is not None
    if meeting_problem(exposure, "pay") is None and under:
        assert exposure.accounted >= ENOUGH * under
