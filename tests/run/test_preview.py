"""What is said of a run that is not made."""

from pathlib import Path

import pytest

from chaoskit import spec
from chaoskit.run.preview import on_services, preview, steps
from chaoskit.target.engine import Engine
from fake_engine import FakeClient

TEXT = """\
version: 1
name: small
target: {{url: 'http://127.0.0.1:8080'{target}}}
providers: {{pay: {{hosts: [pay.test]}}}}
load: {{users: 1, endpoints: [{{name: home, request: GET /, depends_on: [pay]}}]}}
phases: {{baseline: 10s, fault: 10s}}
proxy: {{{proxy}}}
inject:
  - {{id: away, provider: pay, fault: {{refuse: {{}}}}, during: fault}}
{inject}
"""
SERVICES = """\
  - {id: hangs, service: shop, fault: {pause: {}}, during: fault}
  - {id: apart, service: shop, fault: {partition: {from: stock}}, during: fault}
  - {id: off, service: shop, fault: {disconnect: {network: inner}}, during: fault}
  - {id: starved, service: stock, fault: {cpu: {cores: 0.1}}, during: fault}
"""
COMPOSE = ", compose: c.yaml, service: shop"
FILE = Path("x.yaml")


def experiment(target="", inject="", proxy="workers: 1"):
    return spec.load("x.yaml", TEXT.format(target=target, inject=inject, proxy=proxy))


@pytest.fixture
def engine():
    """An engine with the project ``demo``, and one container that allows it to be struck."""
    client = FakeClient()
    for name in ("shop", "stock"):
        labels = {"com.docker.compose.project": "demo", "com.docker.compose.service": name}
        client.api.add(f"demo-{name}-1", labels, demo_inner={"IPAddress": "172.20.0.2"})
    client.api.add("shop")
    return Engine(client, "unix:///fake")


def test_a_run_of_plain_processes_is_told_in_its_order():
    found = experiment(", command: [python, -m, 'my shop'], prepare: [make, ready]")
    assert preview(found, FILE) == [
        "a run would, in this order",
        "  1. run `make ready` to its end, 120s at most",
        "  2. start 1 proxy at a free port of 127.0.0.1",
        "  3. start `python -m 'my shop'`",
        "  4. wait until http://127.0.0.1:8080 answers GET /, 30s at most",
        "  5. call the service until the proxy has seen it call pay",
        "  6. start 1 load process, which sends to http://127.0.0.1:8080 and nowhere else",
        "  7. let 20s pass, and judge what was recorded",
    ]


def test_a_compose_project_is_brought_up_before_the_proxy_beside_it_and_taken_down_last(engine):
    found = experiment(COMPOSE + ", profile: naive", SERVICES)
    told = list(steps(found, engine))
    assert told[0] == (
        "bring up shop, stock of c.yaml, with the profile naive, and what they depend on, as a project of "
        "the run's own on the engine at unix:///fake; wait until all of it is ready, 30s at most"
    )
    assert told[1].startswith(
        "start 1 proxy in a container of chaoskit:local, in the network namespace of shop,"
    )
    assert told[2] == "start a keeper, which puts the faults on services and takes them back"
    assert told[-1].endswith("and take the project down, its volumes as well, 150s at most")


@pytest.mark.parametrize(
    ("more", "first", "last"),
    [
        (", attach: true, project: p", "find the containers of the project p", "leave the project running"),
        (", attach: true", "find the containers of its folder's project", "leave the project running"),
        (", keep: true", "bring up shop of c.yaml", "since it says `keep`"),
        (", project: p", "bring up shop of c.yaml", "but not its volumes, 150s at most"),
    ],
)
def test_what_becomes_of_a_project_is_said(more, first, last):
    told = list(steps(experiment(COMPOSE + more), None))
    assert told[0].startswith(first)
    assert told[-1].endswith(last)


def test_how_a_service_is_captured_is_said():
    gateway = list(steps(experiment(COMPOSE + ", capture: gateway"), None))[1]
    assert gateway == (
        "start 1 proxy in a container of chaoskit:local, on the networks of shop, with no right, "
        "under the names chaoskit-proxy, pay.test"
    )
    both = list(steps(experiment(COMPOSE, proxy="workers: 2"), None))[1]
    assert both.startswith("start 2 proxies in a container of chaoskit:local, in the network namespace")
    assert "through the proxy" in "".join(steps(experiment(proxy="transparent: {}"), None))


def test_a_worker_for_each_core_is_told_as_the_number_that_it_comes_to(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 3, 5})
    monkeypatch.setattr("chaoskit.run.cores._limits", lambda _: iter(()))
    assert next(steps(experiment(proxy="workers: auto"), None)).startswith("start 3 proxies (auto) at a free")


def test_containers_that_are_there_are_named_with_the_way_back(engine):
    found = experiment(COMPOSE + ", attach: true, project: demo", SERVICES)
    assert list(on_services(found, engine, FILE)) == [
        "hangs: pause on demo-shop-1",
        "  pause it",
        "  afterwards, unpause it",
        "apart: partition on demo-shop-1",
        "  put the nft table chaoskit",
        "  afterwards, take the nft table chaoskit away",
        "off: disconnect on demo-shop-1",
        "  disconnect it from demo_inner",
        "  afterwards, connect it to demo_inner",
        "starved: cpu on demo-stock-1",
        "  set its share of the processor to 10000",
        "  afterwards, set its share of the processor to -1",
    ]
    assert not engine.client.api.done


def test_without_a_project_only_a_container_that_allows_it_is_named(engine):
    inject = "  - {id: hangs, service: NAME, fault: {pause: {}}, during: fault}"
    told = list(on_services(experiment(inject=inject.replace("NAME", "shop")), engine, FILE))
    assert told[0] == "hangs: pause on shop"
    told = list(on_services(experiment(inject=inject.replace("NAME", "demo-shop-1")), engine, FILE))
    assert told[1].startswith("  cannot be put: the container demo-shop-1 may not be struck")


def test_of_containers_that_are_not_there_yet_it_is_said_what_would_be_done_to_each(engine):
    told = [
        "hangs: pause on each container of shop",
        "  pause it",
        "apart: partition on each container of shop",
        "  put the nft table chaoskit",
        "off: disconnect on each container of shop",
        "  The container is taken off a network: its name there is unknown, and nothing reaches it.",
        "starved: cpu on each container of stock",
        "  All processes of the container together get a part of one core, or some cores.",
    ]
    assert list(on_services(experiment(COMPOSE, SERVICES), engine, FILE)) == told
    assert list(on_services(experiment(COMPOSE + ", project: new", SERVICES), engine, FILE)) == told
    assert list(on_services(experiment(COMPOSE, SERVICES), None, FILE)) == told


def test_without_an_engine_it_is_said_what_cannot_be_told(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    told = preview(experiment(inject=SERVICES), FILE)
    assert told[-3] == (
        "which containers there are cannot be told: no Docker engine answers at "
        f"unix://{tmp_path}/none.sock: No such file or directory"
    )
    assert told[-1] == "`chaoskit doctor x.yaml` says whether all that it needs is there"
