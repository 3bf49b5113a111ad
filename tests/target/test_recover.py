"""What is left of runs that have ended is taken back, once, by whoever comes."""

from textwrap import dedent

import pytest

from chaoskit.faults.service.disconnect import Disconnect
from chaoskit.target import recover
from chaoskit.target.engine import EngineError

NET = {"Aliases": ["shop"], "IPAddress": "172.20.0.2", "IPAMConfig": None}


@pytest.fixture
def taken(runs, monkeypatch):
    """Recover on the engine of the runs; return what was done, as text."""
    monkeypatch.setattr(recover, "connect", lambda _: runs.engine)

    def do(**more):
        return [
            f"{each.what}{f': {each.why}' if each.why else ''}"
            for each in recover.recover(runs.folder, **more)
        ]

    return do


def test_the_newest_first_and_then_nothing_is_left(runs, taken):
    shop, till = runs.api.add("shop", front=NET), runs.api.add("till")
    holder = runs.start()
    runs.strike(holder, shop, Disconnect(), "unplugged")
    runs.strike(holder, till, None, "hangs")
    runs.die(holder)
    runs.api.done.clear()
    assert "\n".join(recover.plan(runs.folder)) == dedent("""\
        a fault on till (`hangs` of the run monday): unpause it
        a fault on shop (`unplugged` of the run monday): connect it to front""")
    assert runs.api.done == []
    assert taken() == [
        "a fault on till (`hangs` of the run monday)",
        "a fault on shop (`unplugged` of the run monday)",
    ]
    assert runs.api.done == ["unpause till", "connect front shop"]
    assert taken() == []
    assert list(runs.folder.iterdir()) == []


def test_a_run_that_lives_is_left_alone_unless_it_is_forced(runs, taken):
    shop = runs.api.add("shop")
    runs.strike(runs.start(), shop)
    assert taken() == []
    assert runs.held() == ["monday/it"]
    assert taken(force=True) == ["a fault on shop (`it` of the run monday)"]
    assert runs.held() == []


def test_what_cannot_be_taken_back_stays_and_the_rest_is(runs, taken):
    shop, till = runs.api.add("shop"), runs.api.add("till", front=NET)
    holder = runs.start()
    runs.strike(holder, till, Disconnect(), "unplugged")
    runs.strike(holder, shop, None, "hangs")
    runs.die(holder)
    runs.api.refuses = {"unpause"}
    assert taken() == [
        "a fault on shop (`hangs` of the run monday): cannot unpause it: the engine would not unpause",
        "a fault on till (`unplugged` of the run monday)",
    ]
    assert runs.held() == ["monday/hangs"]
    runs.api.refuses = set()
    assert taken() == ["a fault on shop (`hangs` of the run monday)"]


def test_a_container_that_is_gone_is_no_problem(runs, taken):
    shop = runs.api.add("shop")
    holder = runs.start()
    runs.strike(holder, shop)
    runs.die(holder)
    runs.api.containers_by_id.clear()
    assert taken() == ["a fault on shop (`it` of the run monday): the container is gone"]
    assert runs.held() == []


def test_what_a_living_run_shares_is_left_to_it(runs, taken):
    shop = runs.api.add("shop")
    first, second = runs.start("monday"), runs.start("tuesday")
    runs.strike(first, shop)
    entry = runs.strike(second, shop)
    runs.die(first)
    assert taken() == [
        "a fault on shop (`it` of the run monday): the run tuesday still holds it, and will take it back"
    ]
    assert runs.api.done == ["pause shop"]
    assert second.leave(entry)["restored"]


def test_helpers_of_runs_that_have_ended_are_asked_to_end(runs):
    living, dead = runs.start("monday").keeper, runs.start("tuesday", alive=False).keeper
    for name, keeper in (("one", living), ("two", dead)):
        labels = {"chaoskit": "1", "chaoskit.run": keeper.run}
        runs.api.add(name, {**labels, "chaoskit.keeper": f"{keeper.boot} {keeper.pid} {keeper.born}"})
    runs.api.add("three", {"chaoskit": "1", "chaoskit.keeper": "another-machine 1 1"})
    assert [each.what for each in recover.sweep(runs.engine)] == [
        "the helper container two of the run tuesday"
    ]
    assert runs.api.done == ["stop two"]


def test_without_an_engine_nothing_is_forgotten(runs):
    shop = runs.api.add("shop")
    holder = runs.start()
    runs.strike(holder, shop)
    runs.die(holder)
    with pytest.raises(EngineError, match="no Docker engine answers at unix:///fake"):
        list(recover.recover(runs.folder))
    assert runs.held() == ["monday/it"]
