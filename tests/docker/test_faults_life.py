"""Faults on a service's life, on a real engine: what a caller sees, and that all is as before afterwards."""

import socket
import time

import pytest

import struck
from chaoskit.faults.service.kill import Kill
from chaoskit.faults.service.pause import Pause
from chaoskit.faults.service.restart import Restart
from chaoskit.faults.service.stop import Stop

pytestmark = [pytest.mark.docker]


@pytest.fixture(scope="module")
def stage(engine, request, tmp_path_factory):
    made = struck.stage(engine, tmp_path_factory.mktemp("state") / "journal", struck.helper_image(request))
    yield made
    made.close()


def test_a_paused_service_takes_connections_and_answers_nothing_until_it_goes_on(stage):
    held = struck.Held(stage.caller, "shop")
    with stage.struck(Pause()) as deed:
        assert deed.evidence == {"paused": True}
        new = stage.ask()
        assert (new["problem"], new["took"]) == ("TimeoutError", pytest.approx(1.0, abs=0.5))
        held.begin()
    # what was sent on the open connection meanwhile is answered now
    assert held.end()["said"] == "hello"
    held.close()


def test_a_killed_service_has_no_name_any_more_and_its_connections_are_closed(stage):
    held = struck.Held(stage.caller, "shop")
    with stage.struck(Kill()) as deed:
        assert deed.evidence == {"running": False}
        assert held.ask()["problem"] in {"RemoteDisconnected", "ConnectionResetError", "BrokenPipeError"}
        # the engine's DNS asks on for a name that it does not know, and callers wait for that
        assert stage.ask(timeout=1.0)["problem"] in {"gaierror", "TimeoutError"}
    held.close()


def test_a_signal_that_ends_nothing_changes_nothing(stage):
    with stage.struck(Kill(signal="USR1")):
        pass


def test_a_stopped_service_is_gone_until_the_fault_is_over(stage):
    with stage.struck(Stop(grace=1.0)) as deed:
        assert deed.evidence == {"running": False}
        assert not stage.system.client.containers.get(stage.shop).attrs["State"]["Running"]


def test_a_restarted_service_is_back_at_once_and_loses_its_connections(stage):
    held = struck.Held(stage.caller, "shop")
    began = time.monotonic()
    with stage.struck(Restart(grace=1.0)) as deed:
        assert deed.evidence == {"running": True}
        stage.system.wait(stage.caller, "shop")
        assert "problem" in held.ask()
    assert time.monotonic() - began < 10
    held.close()


def test_a_port_that_was_chosen_comes_back_and_that_another_is_not_is_told(stage):
    system = stage.system
    open_network = system.client.networks.create(f"{system.prefix}-open")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]

    def restarted(name, port):
        identity = system.run(
            name, network=open_network.name, networking_config=None, ports={"8000/tcp": ("127.0.0.1", port)}
        )
        entry, _ = stage.holder.enter(struck.injection(Restart(grace=0.0)), system.find(identity), (), "t")
        return stage.holder.leave(entry)

    assert restarted("fixed", free)["restored"] is True
    left = restarted("chosen", None)
    assert left["restored"] is False
    assert [each.split(":")[0] for each in left["differs"]] == ["published ports"]
