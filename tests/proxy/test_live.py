import asyncio

import pytest

from chaoskit.core.actions import Close, Hold
from chaoskit.core.experiment import Injection
from chaoskit.core.fault import Fault
from chaoskit.proxy.live import Live, Woke
from chaoskit.proxy.record import Attempt

DARK = Injection(id="dark", provider="p", fault=Fault(), fault_name="f", start=0, stop=1)


class Thing(Live):
    def __init__(self):
        super().__init__(
            "p", Attempt(t=0, provider="p", is_call=True, identity="i", identified_by="order", host="h")
        )
        self.dropped = []

    def drop(self, *, reset):
        self.dropped.append(reset)


def woken(act, **pause) -> tuple[Woke, Thing]:
    """Pause a thing, do something to it, and return why it woke."""

    async def run():
        thing = Thing()
        task = asyncio.create_task(thing.pause(**pause))
        await asyncio.sleep(0)
        act(thing)
        return await asyncio.wait_for(task, 5), thing

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (Live.leave, Woke.GONE),
        (lambda thing: thing.over("dark"), Woke.OVER),
        (Live.lift, Woke.OVER),
    ],
)
def test_a_hold_ends_when_the_caller_leaves_or_its_own_injection_ends(act, why):
    assert woken(act, held_by="dark")[0] is why


def test_a_hold_outlives_the_end_of_another_injection():
    def act(thing):
        thing.over("slow")
        assert thing.is_paused
        thing.over("dark")

    assert woken(act, held_by="dark")[0] is Woke.OVER


def test_a_delay_outlives_the_end_of_its_injection_and_not_a_lift():
    def act(thing):
        thing.over("dark")
        assert thing.is_paused
        thing.lift()

    assert woken(act, until=1e12)[0] is Woke.LIFTED


def test_a_delay_that_is_seized_is_told_by_what():
    why, thing = woken(lambda thing: thing.seize(DARK, Hold()), until=1e12)
    assert (why, thing.seizure) == (Woke.SEIZED, (DARK, Hold()))


def test_a_pause_after_the_caller_left_does_not_begin():
    async def run():
        thing = Thing()
        thing.leave()
        return await thing.pause(until=1e12)

    assert asyncio.run(run()) is Woke.GONE


def test_what_is_seized_on_its_way_freezes_and_is_dropped_at_the_end():
    thing = Thing()
    thing.seize(DARK, Hold())
    assert thing.is_frozen
    assert thing.dropped == []
    thing.over("slow")
    assert thing.dropped == []
    thing.over("dark")
    assert thing.dropped == [False]


def test_what_is_cut_on_its_way_is_dropped_at_once():
    thing = Thing()
    thing.seize(DARK, Close(reset=True))
    assert thing.dropped == [True]


@pytest.mark.parametrize(("pause", "why"), [({"until": 1e12}, Woke.LIFTED), ({"held_by": "dark"}, Woke.OVER)])
def test_a_pause_after_faults_were_lifted_does_not_begin(pause, why):
    async def run():
        thing = Thing()
        thing.lift()
        return await thing.pause(**pause)

    assert asyncio.run(run()) is why


def test_the_end_of_an_injection_lets_go_on_what_it_delays_and_nothing_else():
    def end(thing):
        thing.delayed_by = "dark"
        thing.over("light")
        assert thing.is_paused
        thing.over("dark")

    why, thing = woken(end)
    assert (why, thing.dropped) == (Woke.TIME, [])
