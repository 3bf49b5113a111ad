"""The follower follows the timeline, and lets go whenever nobody wants it to hold on."""

import time

import pytest

from chaoskit.core.service import ServiceInjection
from chaoskit.faults.service.disconnect import Disconnect
from chaoskit.faults.service.pause import Pause
from chaoskit.target.follow import Follower

NET = {"Aliases": ["shop"], "IPAddress": "172.20.0.2", "IPAMConfig": None}


class Stage:
    """A keeper on an engine made of dictionaries; ``turn`` waits until what it began is done."""

    def __init__(self, runs, *injections):
        self.said = []
        self.runs = runs
        self.follower = Follower(runs.start(), injections, None, 5.0, self.said.append)
        self.follower.arm(0.0, 0.0)

    def turn(self, now):
        self.follower.turn(now)
        until = time.monotonic() + 5
        while not self.follower.is_idle():
            assert time.monotonic() < until
            time.sleep(0.001)

    def story(self):
        """Return what was said since the last time, a line each."""
        told = [each["did"] for each in self.said]
        self.said.clear()
        return [
            " ".join(
                [
                    each["injection"],
                    each["what"],
                    each["container"],
                    *([each["why"]] if "why" in each else []),
                ]
            )
            for each in told
        ]


def an_injection(name, service, fault, *windows):
    return ServiceInjection(id=name, service=service, fault=fault, fault_name="pause", windows=windows)


@pytest.fixture
def stage(runs):
    return lambda *injections: Stage(runs, *injections)


def test_every_container_of_the_service_is_struck_in_each_window(runs, stage):
    for name in ("one", "two"):
        runs.api.add(name, {"chaoskit.allow": "true", "com.docker.compose.service": "shop"})
    it = stage(an_injection("hangs", "shop", Pause(), (1.0, 2.0), (5.0, 6.0)))
    it.turn(0.9)
    assert it.story() == []
    it.turn(1.0)
    assert sorted(it.story()) == ["hangs entered one", "hangs entered two"]
    it.turn(1.9)
    assert it.story() == []
    it.turn(2.0)
    assert sorted(it.story()) == ["hangs left one", "hangs left two"]
    it.turn(5.5)
    assert sorted(it.story()) == ["hangs entered one", "hangs entered two"]
    it.follower.lift()
    it.turn(5.6)
    assert sorted(it.story()) == ["hangs left one", "hangs left two"]
    assert it.follower.is_settled()
    it.turn(5.7)
    assert it.story() == []


def test_one_that_fails_does_not_keep_the_others(runs, stage):
    runs.api.add("shop", front=NET)
    runs.api.add("till")
    it = stage(
        an_injection("nobody", "tax", Pause(), (0.0, 9.0)),
        an_injection("no-net", "till", Disconnect(), (0.0, 9.0)),
        an_injection("unplugged", "shop", Disconnect(), (0.0, 9.0)),
    )
    it.turn(0.0)
    nobody = "there is no container 'tax'; with the label chaoskit.allow=true there are: shop, till"
    assert sorted(it.story()) == [
        "no-net failed till it is not on a network 'all'; its networks are: none",
        f"nobody failed tax {nobody}",
        "unplugged entered shop",
    ]


def test_an_undo_that_fails_is_tried_again_each_second_and_told_once(runs, stage):
    runs.api.add("shop")
    it = stage(an_injection("hangs", "shop", Pause(), (0.0, 1.0)))
    it.turn(0.0)
    runs.api.refuses = {"unpause"}
    it.story()
    it.turn(1.0)
    why = "cannot unpause it: the engine would not unpause"
    assert it.story() == [f"hangs failed shop cannot be taken back yet: {why}"]
    it.turn(1.5)
    assert runs.api.done.count("unpause shop") == 1
    it.turn(2.0)
    assert runs.api.done.count("unpause shop") == 2
    assert it.story() == []
    assert it.follower.stuck() == [f"hangs on shop: {why}"]
    runs.api.refuses = set()
    it.turn(3.0)
    assert it.story() == ["hangs left shop"]
    assert it.follower.stuck() == []


def test_what_was_put_in_part_only_is_taken_back_although_its_time_is_not_over(runs, stage):
    runs.api.add("shop", front=NET, zone=NET)
    runs.api.refuses = {"disconnect zone", "connect front"}
    it = stage(an_injection("unplugged", "shop", Disconnect(), (0.0, 9.0)))
    it.turn(0.0)
    assert "it cannot be taken back yet" in it.story()[0]
    runs.api.refuses = set()
    it.turn(1.0)
    assert it.story() == ["unplugged left shop"]


def test_a_window_that_is_over_before_the_engine_is_ready_strikes_nothing(runs, stage):
    shop = runs.api.add("shop")
    it = stage(an_injection("hangs", "shop", Pause(), (0.0, 1.0)))
    inspect = runs.api.inspect_container

    def slow(identity):
        it.follower.turn(1.0)  # the time passes while the engine is being asked
        return inspect(identity)

    runs.api.inspect_container = slow
    it.turn(0.5)
    assert it.story() == [
        "hangs failed shop its time was over before the engine was done with what came before it"
    ]
    assert not runs.api.containers_by_id[shop]["State"]["Paused"]


def test_the_lease_counts_from_the_start_until_faults_are_lifted(runs, stage):
    it = stage()
    assert not it.follower.has_expired(5.0)
    assert it.follower.has_expired(5.1)
    it.follower.beat(4.0)
    assert not it.follower.has_expired(9.0)
    it.follower.lift()
    assert not it.follower.has_expired(100.0)
