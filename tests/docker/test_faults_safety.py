"""What is never touched, and with how little the rest is done."""

import pytest

import struck
from chaoskit.core.service import ServiceError
from chaoskit.faults.service.dns import Dns
from chaoskit.faults.service.pause import Pause
from chaoskit.target import containers

pytestmark = [pytest.mark.docker]


@pytest.fixture(scope="module")
def stage(engine, request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("state") / "journal"
    made = struck.stage(engine, folder, struck.helper_image(request))
    yield made
    made.close()


def quiet(stage, name, **more):
    """Make a container that does nothing, with these labels."""
    made = stage.system.client.containers.run(
        struck.IMAGE, ["sleep", "600"], name=f"{stage.system.prefix}-{name}", detach=True, init=True, **more
    )
    return made.name


def test_a_container_without_the_label_is_refused_and_not_touched(stage):
    name = quiet(stage, "private")
    with pytest.raises(ServiceError, match=r"carries no label chaoskit\.allow=true"):
        containers.find(stage.holder.engine, name, None)


def test_of_a_project_its_own_containers_are_found_and_no_others(stage):
    project = {"com.docker.compose.project": stage.system.prefix, "com.docker.compose.service": "shop"}
    name = quiet(stage, "project-shop-1", labels=project)
    found = containers.find(stage.holder.engine, "shop", stage.system.prefix)
    assert [each.name for each in found] == [name]


def test_the_hosts_own_network_is_never_struck(stage):
    name = quiet(stage, "host", network_mode="host", labels={"chaoskit.allow": "true"})
    (found,) = containers.find(stage.holder.engine, name, None)
    with pytest.raises(
        ServiceError, match="it uses the network of the host, which the fault would strike as well"
    ):
        stage.holder.enter(struck.injection(Dns()), found, (), "chaoskit_host")
    entry, _ = stage.holder.enter(struck.injection(Pause()), found, (), "chaoskit_host")
    assert stage.holder.leave(entry)["restored"]


def test_a_helper_has_one_capability_and_no_way_to_more(stage):
    with stage.struck(Dns()):
        engine = stage.holder.engine
        (helper,) = engine.client.api.containers(filters={"label": f"chaoskit.victim={stage.shop}"})
        host = engine.inspect(helper["Id"])["HostConfig"]
    assert (host["Privileged"], host["CapAdd"], host["CapDrop"]) == (False, ["NET_ADMIN"], ["ALL"])
    assert (host["ReadonlyRootfs"], host["SecurityOpt"]) == (True, ["no-new-privileges"])
    assert host["NetworkMode"] == f"container:{stage.shop}"
    assert helper["Labels"]["chaoskit.run"] == "a-run"
