"""What is looked at before a run that needs an engine or compose."""

import pytest

from chaoskit import spec
from chaoskit.core.experiment import Target
from chaoskit.target import needs

TEXT = """\
version: 1
name: small
target: {url: 'http://127.0.0.1:8080', compose: shop.yaml, service: shop, profile: naive%s}
load: {users: 1, endpoints: [{name: home, request: GET /}]}
phases: {baseline: 10s, fault: 10s}
inject:
  - {id: apart, service: shop, fault: {partition: {from: stock}}, during: fault}
  - {id: far, service: shop, fault: {packet_delay: {delay: 100ms}}, during: fault}
  - {id: farther, service: stock, fault: {packet_delay: {delay: 1s}}, during: fault}
"""

DOCKER = """\
#!/bin/sh
case "$*" in
"compose version") ;;
*"config --services") echo "$COMPOSE_PROFILES $SHOP_PORT" >"$ASKED"; %s ;;
esac
"""


def experiment(more=""):
    return spec.load("x.yaml", TEXT % more)


def lines(found):
    return [f"{'ok' if each.is_good else 'NO'} {each.text}" for each in found]


@pytest.fixture
def look(tmp_path, monkeypatch):
    """Return what looks for files where ``docker compose config --services`` is answered by a program."""

    def one(answer, file="services: {}"):
        program = tmp_path / "bin" / "docker"
        program.parent.mkdir()
        program.write_text(DOCKER % answer)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
        if file:
            (tmp_path / "shop.yaml").write_text(file)
        given = experiment()
        return lines(needs.files(given.target.compose, tmp_path, given.services, {"SHOP_PORT": "81"}))

    return one


def test_the_services_that_are_named_are_looked_for_in_the_file_with_its_profile(look, tmp_path):
    assert look("printf 'shop\\nstock\\nmail\\n'") == [
        "ok compose is `docker compose`",
        "ok shop, stock: in shop.yaml with the profile naive",
    ]
    assert (tmp_path / "asked").read_text() == "naive 81\n"


def test_a_service_that_is_not_there_is_said_with_those_that_are(look):
    assert look("printf 'shop\\nmail\\n'")[1] == (
        "NO no service of shop.yaml with the profile naive: stock; there are: mail, shop"
    )


def test_a_compose_file_that_is_wrong_is_answered_with_what_compose_says(look):
    assert look("echo 'services.shop.imagee is not allowed' >&2; exit 15")[1] == (
        "NO `docker compose` failed: services.shop.imagee is not allowed"
    )


def test_a_compose_file_that_is_missing_is_said_and_compose_is_not_asked(look, tmp_path):
    assert look("echo shop", file="") == [
        "NO target.compose: there is no file shop.yaml",
        "ok compose is `docker compose`",
    ]
    assert not (tmp_path / "asked").exists()


def test_without_compose_it_is_said_what_is_needed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "shop.yaml").write_text("services: {}")
    (found,) = lines(needs.files(experiment().target.compose, tmp_path, ("shop",), {}))
    assert found.startswith("NO target.compose needs `docker compose`")


def test_without_an_engine_nothing_else_is_asked_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = lines(needs.checks(experiment(), tmp_path, None))
    assert found[0] == (
        f"NO no Docker engine answers at unix://{tmp_path}/none.sock: No such file or directory"
    )
    assert len(found) == 3


def test_an_engine_elsewhere_is_not_used_unasked(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://198.51.100.7:2375")
    engine, found = needs.reach(Target(url="http://127.0.0.1"))
    assert (engine, found.is_good) == (None, False)
    assert "is not on this machine" in found.text


def test_an_experiment_without_containers_asks_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://198.51.100.7:2375")
    plain = TEXT.partition("inject:")[0].replace(", compose: shop.yaml, service: shop, profile: naive%s", "")
    assert not list(needs.checks(spec.load("x.yaml", plain), tmp_path, None))


def test_an_image_that_is_not_there_is_said_with_how_it_is_made(runs):
    found = needs.image(runs.engine, "chaoskit:local")
    assert not found.is_good
    assert found.text == (
        "target.image: the engine has no chaoskit:local; in chaoskit's checkout, `make image` or "
        "`docker build -t chaoskit:local .` makes it"
    )
    runs.api.images.add("chaoskit:local")
    assert needs.image(runs.engine, "chaoskit:local").is_good


def test_each_fault_says_which_containers_it_would_strike(runs):
    for name, service in (("demo-shop-1", "shop"), ("demo-stock-1", "stock")):
        labels = {"com.docker.compose.project": "demo", "com.docker.compose.service": service}
        runs.api.add(name, labels, demo_default={"IPAddress": "172.20.0.2"})
    injections = experiment().service_injections
    assert lines(needs.victims(runs.engine, injections, "demo")) == [
        "ok apart: partition would strike demo-shop-1",
        "ok far: packet_delay would strike demo-shop-1",
        "ok farther: packet_delay would strike demo-stock-1",
    ]
    assert lines(needs.victims(runs.engine, injections[:1], "other")) == [
        "NO apart: the Compose project 'other' has no container of a service 'shop'; it has: none"
    ]
    assert not runs.api.done


def test_the_kernel_is_asked_once_for_each_kind_of_queue():
    asked = []
    found = needs.kernel(lambda words: asked.append(words[0]), experiment().service_injections)
    assert lines(found) == ["ok packet_delay: the engine's kernel has netem"]
    assert asked == ["netem"]
    found = needs.kernel(lambda _: "this kernel has no netem", experiment().service_injections)
    assert lines(found) == ["NO far: this kernel has no netem"]
