"""The circuit breaker, with the time as an argument."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from chaoskit_shop.shop.breaker import Breaker, Permit, State, ask, tell


def test_a_breaker_opens_after_so_many_failures_in_a_row_and_not_before():
    breaker = Breaker(opens_after=3, open_for=1.0)
    for now in (0.0, 0.1, 0.2):
        permit = breaker.ask(now)
        assert permit is Permit.NORMAL
        breaker.tell(permit, now, is_success=False)
    assert breaker.ask(0.3) is None


def test_a_success_between_failures_starts_the_count_again():
    breaker = Breaker(opens_after=2, open_for=1.0)
    for now, is_success in ((0.0, False), (0.1, True), (0.2, False)):
        breaker.tell(Permit.NORMAL, now, is_success=is_success)
    assert breaker.ask(0.3) is Permit.NORMAL


def test_an_open_breaker_lets_one_probe_through_and_only_one():
    breaker = opened(at=0.0)
    assert [breaker.ask(now) for now in (0.9, 1.0, 1.0, 1.5)] == [None, Permit.PROBE, None, None]


def test_a_good_probe_closes_the_breaker_for_everybody():
    breaker = opened(at=0.0)
    breaker.tell(probe(breaker, 1.0), 1.1, is_success=True)
    assert [breaker.ask(1.2), breaker.ask(1.2)] == [Permit.NORMAL, Permit.NORMAL]


def test_a_bad_probe_keeps_it_open_for_the_whole_time_again():
    breaker = opened(at=0.0)
    breaker.tell(probe(breaker, 1.0), 1.4, is_success=False)
    assert [breaker.ask(2.3), breaker.ask(2.4)] == [None, Permit.PROBE]


def test_a_probe_that_never_comes_back_does_not_keep_it_open_for_ever():
    breaker = opened(at=0.0)
    probe(breaker, 1.0)
    assert breaker.ask(1.9) is None
    assert breaker.ask(2.0) is Permit.PROBE


def test_late_outcomes_of_calls_from_before_the_opening_change_nothing():
    breaker = opened(at=0.0)
    breaker.tell(Permit.NORMAL, 0.9, is_success=False)
    breaker.tell(Permit.NORMAL, 0.9, is_success=True)
    assert breaker.ask(0.95) is None
    assert breaker.ask(1.0) is Permit.PROBE


def test_without_a_threshold_it_never_opens():
    breaker = Breaker(opens_after=None, open_for=1.0)
    for now in range(100):
        breaker.tell(Permit.NORMAL, float(now), is_success=False)
    assert breaker.ask(100.0) is Permit.NORMAL


@given(st.lists(st.tuples(st.floats(0.0, 2.0), st.booleans()), max_size=40), st.integers(1, 5))
def test_a_provider_that_is_down_is_asked_at_most_once_in_the_open_time(steps, opens_after):
    state, now, probes = State(), 0.0, []
    for gap, is_answered in steps:
        now += gap
        state, permit = ask(state, now, open_for=1.0)
        if permit is Permit.PROBE:
            probes.append(now)
        if permit is not None and is_answered:
            state = tell(state, permit, now, opens_after, is_success=False)
    assert all(later - earlier >= 1.0 for earlier, later in itertools.pairwise(probes))


def opened(at: float) -> Breaker:
    breaker = Breaker(opens_after=1, open_for=1.0)
    breaker.tell(Permit.NORMAL, at, is_success=False)
    return breaker


def probe(breaker: Breaker, now: float) -> Permit:
    permit = breaker.ask(now)
    assert permit is Permit.PROBE
    return permit
