"""What the compose file says fits the shop, and stays with what both versions of Compose know."""

import dataclasses
from pathlib import Path

import yaml

from chaoskit import spec
from chaoskit_shop.hosts import HOSTS

COMPOSE = Path(__file__).parents[2] / "compose"
SHOP = yaml.safe_load((COMPOSE / "shop.yaml").read_text())
SERVICES = SHOP["services"]


def test_every_name_that_the_shop_calls_leads_to_the_fake_providers():
    # A gateway may take the names themselves: then these have something before them.
    aliases = [f"${{SHOP_PREFIX:-}}{host}" for host in HOSTS]
    assert SERVICES["providers"]["networks"]["providers"]["aliases"] == aliases


def test_the_providers_are_on_a_network_without_a_way_out():
    assert list(SERVICES["providers"]["networks"]) == ["providers"]
    assert SHOP["networks"]["providers"] == {"internal": True}


def test_nothing_is_published_beyond_this_machine_and_nothing_is_privileged():
    ports = [port for each in SERVICES.values() for port in each.get("ports", [])]
    assert ports == ["127.0.0.1:${SHOP_PORT:-8081}:8081"]
    assert {name: each["cap_add"] for name, each in SERVICES.items() if "cap_add" in each} == {
        "chaoskit": ["NET_ADMIN"]
    }
    assert not any("privileged" in each for each in SERVICES.values())


def test_only_what_the_first_version_of_compose_knows_too():
    assert set(SHOP) == {"x-image", "services", "networks", "volumes"}
    newer = {"start_interval", "mac_address", "cgroup", "dockerfile_inline", "required"}
    assert keys(SHOP).isdisjoint(newer)


def test_its_experiment_is_the_story_of_the_processes_with_another_capture():
    here, _ = spec.read(COMPOSE / "experiment.yaml")
    there, _ = spec.read(COMPOSE.parent / "experiments" / "stripe-blackhole.yaml")
    assert (without_lines(here.slos), here.phases) == (without_lines(there.slos), there.phases)
    assert without_lines(here.injections) == without_lines(there.injections)
    assert here.target.url == there.target.url
    assert here.target.command is None or here.target.command == ()
    assert {each.resolve for each in here.providers} == {None}
    assert here.proxy.transparent is not None


def without_lines(parts):
    return [dataclasses.replace(each, line=0) for each in parts]


def keys(tree: object) -> set[str]:
    if isinstance(tree, dict):
        return {*tree, *(key for each in tree.values() for key in keys(each))}
    if isinstance(tree, list):
        return {key for each in tree for key in keys(each)}
    return set()
