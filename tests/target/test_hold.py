"""The journal first, then the act; and two runs on one container do not undo each other."""

import pytest

from chaoskit.core.service import ServiceError
from chaoskit.faults.service.disconnect import Disconnect
from chaoskit.faults.service.kill import Kill
from chaoskit.faults.service.packet_loss import PacketLoss
from chaoskit.faults.service.pause import Pause
from chaoskit.target import journal
from chaoskit.target.engine import EngineError
from chaoskit.target.hold import HalfDoneError

NET = {"Aliases": ["shop", "shop00000000"], "IPAddress": "172.20.0.2", "IPAMConfig": None}


def test_a_fault_is_put_and_taken_back_and_then_all_is_as_before(runs):
    shop = runs.api.add("shop")
    holder = runs.start()
    entry = runs.strike(holder, shop)
    assert runs.held() == ["monday/it"]
    assert holder.leave(entry) == {"paused": False, "restored": True, "differs": []}
    assert runs.api.done == ["pause shop", "unpause shop"]
    assert runs.held() == []
    holder.journal.close()
    assert not holder.journal.path.exists()


def test_it_is_in_the_journal_before_the_engine_hears_of_it(runs):
    shop = runs.api.add("shop")
    holder = runs.start()
    seen = []
    runs.api.pause = lambda _: seen.append(runs.held())
    runs.strike(holder, shop)
    assert seen == [["monday/it"]]


def test_what_the_engine_would_not_do_leaves_nothing(runs):
    shop = runs.api.add("shop", front=NET, zone=NET)
    runs.api.refuses = {"disconnect zone"}
    with pytest.raises(EngineError, match="cannot disconnect it from zone: the engine would not"):
        runs.strike(runs.start(), shop, Disconnect())
    assert runs.api.done == ["disconnect front shop", "disconnect zone shop", "connect front shop"]
    assert runs.held() == []


def test_what_cannot_be_taken_back_either_stays_in_the_journal(runs):
    shop = runs.api.add("shop", front=NET, zone=NET)
    runs.api.refuses = {"disconnect zone", "connect front"}
    with pytest.raises(HalfDoneError, match="it cannot be taken back yet: cannot connect it to front"):
        runs.strike(runs.start(), shop, Disconnect())
    assert runs.held() == ["monday/it"]


def test_an_undo_that_fails_is_still_held_and_can_be_tried_again(runs):
    shop = runs.api.add("shop")
    holder = runs.start()
    entry = runs.strike(holder, shop)
    runs.api.refuses = {"unpause"}
    with pytest.raises(EngineError, match="cannot unpause it: the engine would not unpause"):
        holder.leave(entry)
    assert runs.held() == ["monday/it"]
    runs.api.refuses = set()
    assert holder.leave(entry)["restored"]


def test_the_same_fault_of_two_runs_is_taken_back_by_the_last_one_out(runs):
    shop = runs.api.add("shop")
    first, second = runs.start("monday"), runs.start("tuesday")
    one, two = runs.strike(first, shop), runs.strike(second, shop)
    assert runs.api.done == ["pause shop"]
    assert first.leave(one) == {"kept by": "tuesday"}
    assert runs.api.done == ["pause shop"]
    assert second.leave(two)["restored"]
    assert runs.api.done == ["pause shop", "unpause shop"]


def test_a_shared_disconnect_brings_back_what_was_there_before_the_first(runs):
    shop = runs.api.add("shop", front=NET)
    first, second = runs.start("monday"), runs.start("tuesday")
    one, two = runs.strike(first, shop, Disconnect()), runs.strike(second, shop, Disconnect())
    first.leave(one)
    assert second.leave(two) == {"networks": ["front"], "restored": True, "differs": []}


def test_another_fault_on_the_same_thing_is_refused_with_the_name_of_who_holds_it(runs):
    shop = runs.api.add("shop")
    runs.strike(runs.start("monday"), shop)
    with pytest.raises(ServiceError, match=r"^whether it runs is held by `it` of the run monday$"):
        runs.strike(runs.start("tuesday"), shop, Kill())
    assert runs.api.done == ["pause shop"]


def test_what_a_dead_run_has_left_must_be_taken_back_first(runs):
    shop = runs.api.add("shop")
    first = runs.start("monday")
    runs.strike(first, shop)
    runs.die(first)
    with pytest.raises(
        ServiceError, match="of the run monday, which has ended; `chaoskit recover` takes it back"
    ):
        runs.strike(runs.start("tuesday"), shop, Pause())


@pytest.mark.parametrize("state", ["stopped", "paused"])
def test_what_somebody_else_has_stopped_or_paused_cannot_be_struck(runs, state):
    shop = runs.api.add("shop")
    runs.api.containers_by_id[shop]["State"] |= {"Running": state == "paused", "Paused": state == "paused"}
    with pytest.raises(ServiceError, match=f"it is {state}$"):
        runs.strike(runs.start(), shop)


@pytest.mark.parametrize(("mode", "whose"), [("host", "the host"), ("container:abc", "the container abc")])
def test_the_network_of_somebody_else_is_never_struck(runs, mode, whose):
    shop = runs.api.add("shop")
    runs.api.containers_by_id[shop]["HostConfig"]["NetworkMode"] = mode
    with pytest.raises(
        ServiceError, match=f"it uses the network of {whose}, which the fault would strike as well"
    ):
        runs.strike(runs.start(), shop, PacketLoss(share=0.5))


def test_a_container_that_is_gone_needs_no_undo(runs):
    shop = runs.api.add("shop")
    holder = runs.start()
    entry = runs.strike(holder, shop)
    del runs.api.containers_by_id[shop]
    assert holder.leave(entry) == {"gone": True, "restored": False, "differs": ["the container is gone"]}
    assert runs.held() == []


def test_what_somebody_has_taken_back_by_force_is_not_taken_back_again(runs):
    shop = runs.api.add("shop")
    first, second = runs.start("monday"), runs.start("tuesday")
    entry = runs.strike(first, shop)
    journal.mark_left(first.journal.path, entry)  # as `chaoskit recover --force` does
    runs.api.unpause(shop)
    runs.strike(second, shop)
    assert first.leave(entry) == {"taken back by": "chaoskit recover"}
    assert runs.held() == ["tuesday/it"]
    assert runs.api.done == ["pause shop", "unpause shop", "pause shop"]


def test_while_another_fault_is_on_it_the_container_is_not_compared(runs):
    shop = runs.api.add("shop", front=NET)
    holder = runs.start()
    one, two = runs.strike(holder, shop), runs.strike(holder, shop, Disconnect(), "two")
    assert "restored" not in holder.leave(one)
    assert holder.leave(two)["restored"] is True


def test_what_the_service_lost_itself_is_told(runs):
    shop = runs.api.add("shop", front=NET)
    holder = runs.start()
    entry = runs.strike(holder, shop)
    runs.api.stop(shop, 1)
    left = holder.leave(entry)
    assert (left["restored"], left["differs"]) == (False, ["it was running and is stopped"])
    assert journal.read(holder.journal.path).held == ()
