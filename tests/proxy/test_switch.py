import asyncio

import pytest

from chaoskit.core.experiment import Injection
from chaoskit.core.fault import Fault
from chaoskit.core.timeline import Timeline
from chaoskit.proxy.switch import Switch


def injection(name: str, start: float, stop: float) -> Injection:
    return Injection(id=name, provider="p", fault=Fault(), fault_name="f", start=start, stop=stop)


class Diary:
    def __init__(self):
        self.lines = []

    def began(self, active):
        self.lines.append(f"+{active.injection.id}")

    def ended(self, injection):
        self.lines.append(f"-{injection}")

    def lifted(self):
        self.lines.append("lifted")


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def parts():
    clock, diary = Clock(), Diary()
    switch = Switch(Timeline((injection("a", 0, 10), injection("b", 5, 20))), 5.0, clock)
    switch.listen(diary)
    return switch, clock, diary


def on(switch: Switch) -> list[str]:
    return [active.injection.id for active in switch.active()]


async def arm(switch, start):
    switch.arm(start)


def test_nothing_is_on_before_it_is_armed_and_then_time_decides(parts):
    switch, clock, diary = parts
    assert on(switch) == []
    asyncio.run(arm(switch, 94.0))
    assert on(switch) == ["a", "b"]
    assert diary.lines == ["+a", "+b"]
    clock.now = 110.0
    assert on(switch) == ["b"]
    assert switch.now == 16.0


def test_lifted_is_for_good(parts):
    switch, _, diary = parts
    asyncio.run(arm(switch, 94.0))
    switch.lift()
    switch.lift()
    asyncio.run(arm(switch, 94.0))
    assert on(switch) == []
    assert diary.lines == ["+a", "+b", "lifted"]


def test_the_lease_counts_from_arming_and_from_each_beat(parts):
    switch, clock, _ = parts
    clock.now = 1000.0
    assert not switch.has_expired()
    asyncio.run(arm(switch, 994.0))
    clock.now = 1005.0
    assert not switch.has_expired()
    clock.now = 1005.1
    assert switch.has_expired()
    switch.beat()
    assert not switch.has_expired()
    clock.now = 2000.0
    switch.lift()
    assert not switch.has_expired()


def test_ends_are_told_before_beginnings_at_the_instant_itself():
    diary = Diary()

    async def run():
        loop = asyncio.get_running_loop()
        switch = Switch(Timeline((injection("a", 0, 0.05), injection("b", 0.05, 9))), 5.0, loop.time)
        switch.listen(diary)
        switch.arm(loop.time())
        while len(diary.lines) < 3:  # noqa: ASYNC110 - the diary is no event
            await asyncio.sleep(0.005)
        switch.lift()

    asyncio.run(run())
    assert diary.lines == ["+a", "-a", "+b", "lifted"]
