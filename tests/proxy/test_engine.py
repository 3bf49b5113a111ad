"""Which calls the proxy reads whole before it sends them on."""

from dataclasses import replace

import pytest

from chaoskit.core.call import Call
from chaoskit.core.decide import NOTHING
from chaoskit.core.experiment import Experiment, Injection, Load, Phase, Target
from chaoskit.core.match import Match
from chaoskit.core.timeline import Active, Timeline
from chaoskit.faults.blackhole import Blackhole
from chaoskit.faults.error import Error
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.followed import LiveCall
from chaoskit.proxy.fronts import Fronts
from chaoskit.proxy.memory import SharedMemory
from chaoskit.proxy.record import Attempt, Record
from chaoskit.proxy.switch import Switch

BY_MODEL = Injection(
    id="i",
    provider="p",
    fault=Error(),
    fault_name="error",
    start=10.0,
    stop=30.0,
    gaps=((15.0, 20.0),),
    match=Match(method=("POST",), path="/v1/*", json=(("model", "big-*"),)),
)


def a_call(**changes):
    fields = {"method": "POST", "path": "/v1/chat", "provider": "p"} | changes
    return Call(
        identity="", identified_by="", host="h", headers=(), client="10.0.0.1", connection="", **fields
    )


@pytest.fixture
def engine_at(tmp_path):
    def make(now):
        switch = Switch(Timeline((BY_MODEL,)), 5.0, lambda: now)
        switch._start = 0.0
        experiment = Experiment(
            name="x",
            target=Target(url="http://x"),
            load=Load(),
            phases=(Phase("fault", 0, 60),),
            injections=(BY_MODEL,),
        )
        memory = SharedMemory(tmp_path / "memory", (BY_MODEL,), lambda: now)
        fronts = Fronts(experiment, tmp_path, 0)
        return Engine(experiment, switch, memory, Record(tmp_path / "calls"), 0, fronts=fronts)

    return make


@pytest.mark.parametrize(
    ("now", "changes", "reads"),
    [
        (12.0, {}, True),
        (25.0, {}, True),
        (5.0, {}, False),
        (17.0, {}, False),
        (35.0, {}, False),
        (12.0, {"method": "PUT"}, False),
        (12.0, {"path": "/v2/chat"}, False),
        (12.0, {"provider": "q"}, False),
    ],
)
def test_a_body_is_read_only_while_and_where_a_field_of_it_may_decide(engine_at, now, changes, reads):
    assert engine_at(now).reads_request(a_call(**changes)) == reads


def test_a_call_that_had_its_draw_in_one_window_is_not_drawn_again_by_the_next(engine_at):
    engine = engine_at(20.0)
    seizing = replace(BY_MODEL, fault=Blackhole(), match=Match())
    for eligible, counted in (((), ("i",)), (("i",), ("i",))):
        live = LiveCall(a_call(), attempt(eligible), NOTHING)
        engine.live = {live}
        engine.began(Active(seizing, 0.0))
        assert live.attempt.eligible == counted
        engine.live = set()


def attempt(eligible):
    return Attempt(
        t=12.0, provider="p", is_call=True, identity="", identified_by="", host="h", eligible=eligible
    )
