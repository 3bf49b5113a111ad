"""Only what may be struck is found."""

import pytest

from chaoskit.core.service import ServiceError
from chaoskit.target import containers

DEMO = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"


def names(found):
    return [each.name for each in found]


@pytest.fixture
def demo(runs):
    for name, project, service, more in (
        ("demo-shop-2", "demo", "shop", {}),
        ("demo-shop-1", "demo", "shop", {}),
        ("demo-till-1", "demo", "till", {}),
        ("demo-shop-run-1", "demo", "shop", {"com.docker.compose.oneoff": "True"}),
        ("other-shop-1", "other", "shop", {}),
        ("other-open-1", "other", "open", {"chaoskit.allow": "true"}),
        ("helper", "demo", "shop", {"chaoskit": "1"}),
    ):
        runs.api.add(name, {DEMO: project, SERVICE: service, **more})
    runs.api.add("single", {"chaoskit.allow": "true"})
    runs.api.add("forbidden", {"chaoskit.allow": "false"})
    return runs.engine


def test_of_a_project_only_the_services_own_containers(demo):
    assert names(containers.find(demo, "shop", "demo")) == ["demo-shop-1", "demo-shop-2"]
    assert names(containers.others(demo, "demo")) == ["demo-shop-1", "demo-shop-2", "demo-till-1"]


def test_a_service_that_the_project_has_not_is_refused_with_what_it_has(demo):
    with pytest.raises(
        ServiceError,
        match="the Compose project 'demo' has no container of a service 'tax'; it has: shop, till",
    ):
        containers.find(demo, "tax", "demo")


@pytest.mark.parametrize(("service", "found"), [("single", "single"), ("open", "other-open-1")])
def test_without_a_project_those_that_say_so_themselves(demo, service, found):
    assert names(containers.find(demo, service, None)) == [found]


@pytest.mark.parametrize("service", ["shop", "forbidden", "other-shop-1"])
def test_a_container_that_does_not_say_so_is_refused(demo, service):
    with pytest.raises(ServiceError, match=r"may not be struck: it carries no label chaoskit\.allow=true"):
        containers.find(demo, service, None)


def test_a_name_that_is_none_is_refused_with_those_that_are(demo):
    with pytest.raises(
        ServiceError, match=r"there is no container 'tax'; .* there are: other-open-1, single"
    ):
        containers.find(demo, "tax", None)


def test_what_is_stopped_is_found_but_is_no_peer(runs):
    shop = runs.api.add("shop")
    runs.api.stop(shop, 1)
    assert names(containers.find(runs.engine, "shop", None)) == ["shop"]
    assert containers.others(runs.engine, None) == ()
