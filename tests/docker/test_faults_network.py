"""Faults on a service's network, on a real engine: what a caller sees, and that all is as before."""

import pytest

import struck
from chaoskit.core.service import ServiceError
from chaoskit.faults.service.bandwidth import Bandwidth
from chaoskit.faults.service.disconnect import Disconnect
from chaoskit.faults.service.dns import Dns
from chaoskit.faults.service.packet_delay import PacketDelay
from chaoskit.faults.service.packet_loss import PacketLoss
from chaoskit.faults.service.partition import Partition
from chaoskit.target.engine import EngineError

pytestmark = [pytest.mark.docker]


@pytest.fixture(scope="module")
def stage(engine, request, tmp_path_factory):
    made = struck.stage(
        engine,
        tmp_path_factory.mktemp("state") / "journal",
        struck.helper_image(request),
        dns_opt=["timeout:1", "attempts:1"],
    )
    made.system.run("other")
    made.system.wait(made.caller, "other")
    yield made
    made.close()


def test_a_partition_silences_one_service_and_spares_the_other(stage):
    held = struck.Held(stage.caller, "shop")
    with stage.struck(Partition(from_="caller")) as deed:
        new = stage.ask()
        assert (new["problem"], new["took"]) == ("TimeoutError", pytest.approx(1.0, abs=0.5))
        assert stage.system.ask(stage.caller, "other")["said"] == "hello"
        held.begin()
    # TCP sent again on the open connection
    assert held.end()["said"] == "hello"
    assert deed.left["packets"] > 0
    held.close()


def test_a_partition_works_in_the_other_direction_too(stage):
    assert stage.said("/call?host=caller") == "reached"
    with stage.struck(Partition(from_="caller")):
        where = f"{stage.system.prefix}-other"
        assert stage.system.ask(where, "shop", "/call?host=caller", timeout=5)["problem"] == "TimeoutError"
        assert stage.system.ask(where, "shop", "/call?host=other")["said"] == "reached"


def test_a_partition_from_nobody_is_refused_and_leaves_nothing(stage):
    before = stage.look()
    with pytest.raises(
        ServiceError, match="no container of the service 'tax' is running; others are: caller, other"
    ):
        stage.enter(Partition(from_="tax"))
    assert stage.look() == before


def test_a_tenth_of_the_packets_makes_calls_slow_and_hardly_any_fail(stage):
    with stage.struck(PacketLoss(share=0.1)) as deed:
        calls = [stage.ask("/large?size=200000", timeout=10) for _ in range(4)]
        assert [len(each["said"]) for each in calls if "said" in each]
    assert deed.left["packets"] > 0


def test_all_packets_are_lost_to_one_service_only(stage):
    with stage.struck(PacketLoss(share=1.0, direction="in", to="caller")):
        assert stage.ask()["problem"] == "TimeoutError"
        assert stage.system.ask(f"{stage.system.prefix}-other", "shop")["said"] == "hello"


def test_answers_come_at_the_stated_rate(stage):
    fast = stage.ask("/large?size=60000")["took"]
    with stage.struck(Bandwidth(rate=20_000)) as deed:
        assert "tbf" in deed.evidence["queues"][0]
        slow = stage.ask("/large?size=60000", timeout=10)
        assert len(slow["said"]) == 60_000
        assert slow["took"] == pytest.approx(3.0, abs=0.8)
    assert fast < 0.5


def test_packets_are_late_where_the_kernel_can_do_that_and_else_it_says_so(stage):
    lacks = stage.holder.agents.lacks(("netem", "delay", "1ms"))
    if lacks is None:
        with stage.struck(PacketDelay(delay=0.2, jitter=0.01)):
            assert 0.3 < stage.ask(timeout=5)["took"] < 1.5
        return
    before = stage.look()
    with pytest.raises(EngineError, match="this kernel has no netem") as refused:
        stage.enter(PacketDelay(delay=0.2))
    assert stage.look() == before
    assert lacks in str(refused.value)


def test_two_queues_do_not_fit_one_container(stage):
    deed = stage.enter(Bandwidth(rate=20_000), "narrow")
    with pytest.raises(ServiceError, match="the queue of its packets is held by `narrow` of the run a-run"):
        stage.enter(Bandwidth(rate=30_000), "narrower")
    assert deed.leave()["restored"]


def test_names_are_asked_for_and_not_answered(stage):
    held = struck.Held(stage.caller, "shop")
    assert stage.said("/resolve?name=caller")[0] == "resolved"
    with stage.struck(Dns()) as deed:
        what, took = stage.said("/resolve?name=caller")
        assert "Temporary failure" in what
        assert took > 0.9
        assert held.ask()["said"] == "hello"
    assert deed.left["packets"] > 0
    held.close()


def test_names_are_refused_at_once(stage):
    with stage.struck(Dns(mode="refused")) as deed:
        what, took = stage.said("/resolve?name=caller")
        assert "Temporary failure" in what
        assert took < 0.5
    assert deed.left["packets"] > 0


def test_a_disconnected_service_has_no_name_and_comes_back_with_all_that_it_had(stage):
    held = struck.Held(stage.caller, "shop")
    with stage.struck(Disconnect()) as deed:
        assert deed.evidence == {"networks": []}
        assert stage.ask()["problem"] in {"gaierror", "TimeoutError"}
    assert "said" in stage.ask()
    held.close()


def test_a_static_address_aliases_and_the_other_network_survive_a_disconnect(engine, stage):
    system = stage.system
    pool = _free_subnet(engine)
    second = engine.networks.create(f"{system.prefix}_fixed", internal=True, ipam=pool, driver="bridge")
    address = pool["Config"][0]["Subnet"].replace(".0/24", ".77")
    second.connect(stage.shop, aliases=["till", "cashier"], ipv4_address=address)
    before = stage.look()
    deed = stage.enter(Disconnect(network="fixed"))
    assert deed.evidence == {"networks": [system.network]}
    assert stage.ask()["said"] == "hello"  # the network that was not struck
    assert deed.leave() == {
        "networks": sorted([system.network, second.name]),
        "restored": True,
        "differs": [],
    }
    assert stage.look() == before
    second.disconnect(stage.shop)


def _free_subnet(engine):
    import docker.types

    taken = {each["Subnet"] for net in engine.networks.list() for each in (net.attrs["IPAM"]["Config"] or ())}
    subnet = next(f"10.213.{n}.0/24" for n in range(1, 250) if f"10.213.{n}.0/24" not in taken)
    return docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=subnet)])
