import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.actions import Cut, Pace, Stall
from chaoskit.core.decide import Strike
from chaoskit.core.experiment import Injection
from chaoskit.core.fault import Fault
from chaoskit.proxy.pump import Pump

I = Injection(id="i", provider="p", fault=Fault(), fault_name="f", start=0, stop=1)  # noqa: E741
BODIES = st.lists(st.binary(max_size=300), max_size=20)


def drain(pump: Pump, chunks: list[bytes]) -> bytes:
    """Everything that passes before the pump ends."""
    passed = b""
    for chunk in chunks:
        if pump.has_ended():
            break
        passed += b"".join(part for part, _ in pump.parts(pump.take(chunk), 0.0))
    return passed


@given(BODIES)
def test_without_limits_all_of_it_passes_at_once(chunks):
    pump = Pump()
    for chunk in chunks:
        assert [due for _, due in pump.parts(pump.take(chunk), 5.0)] == [None] * bool(chunk)
    assert not pump.has_ended()


@given(BODIES, st.integers(0, 400))
def test_exactly_so_many_bytes_pass_before_a_cut_however_they_arrive(chunks, after):
    pump = Pump()
    pump.end_early(Strike(I, Cut(after)))
    assert drain(pump, chunks) == b"".join(chunks)[:after]
    assert pump.has_ended() == (len(b"".join(chunks)) >= after)


@given(BODIES, st.integers(1, 10))
def test_a_stall_after_chunks_passes_whole_chunks(chunks, after):
    pump = Pump()
    pump.end_early(Strike(I, Stall(after, chunks=True)))
    assert drain(pump, chunks) == b"".join(chunks[:after])


@given(BODIES, st.floats(1, 1e6), st.floats(0, 1e6))
def test_at_no_instant_has_more_passed_than_the_rate_allows(chunks, rate, start):
    pump = Pump()
    pump.slow_down(Pace(rate))
    passed = 0
    before = start
    for chunk in chunks:
        for part, due in pump.parts(pump.take(chunk), start):
            assert due is not None
            assert due >= before
            passed += len(part)
            assert passed <= rate * (due - start) * (1 + 1e-6) + 1e-3
            before = due
    assert passed == sum(map(len, chunks))
    assert before <= start + passed / rate * (1 + 1e-6) + 1e-3  # and no slower either


def test_time_in_which_nothing_came_is_not_saved_up():
    pump = Pump()
    pump.slow_down(Pace(100))
    list(pump.parts(pump.take(b"x" * 10), 0.0))
    assert [due for _, due in pump.parts(pump.take(b"x" * 10), 50.0)][-1] == pytest.approx(50.1)


def test_of_two_paces_the_slower_counts_and_of_two_ends_the_first():
    pump = Pump()
    pump.slow_down(Pace(10))
    pump.slow_down(Pace(20))
    pump.end_early(Strike(I, Cut(1)))
    pump.end_early(Strike(I, Cut(0)))
    assert pump.rate == 10
    assert not pump.has_ended()


@given(BODIES, st.floats(1, 1e3), st.integers(0, 50))
def test_after_a_lift_the_rest_passes_at_once_and_whole(chunks, rate, after):
    pump = Pump()
    pump.slow_down(Pace(rate))
    pump.end_early(Strike(I, Cut(after)))
    pump.lift()
    assert drain(pump, chunks) == b"".join(chunks)
    assert [due for chunk in chunks for _, due in pump.parts(chunk, 5.0)] == [None] * sum(map(bool, chunks))
