"""The image: who it runs as, what is in it, and what its health check tells."""

import json
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

import chaoskit
from compose_project import command

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

# To the health check a proxy is a process with the words `-m chaoskit.proxy`; it listens until it is told.
STAND_IN = """
import signal, socket
server = socket.create_server(("127.0.0.1", 0))
signal.signal(signal.SIGUSR1, lambda *_: server.close())
while True: signal.pause()
"""


def run(image: str, *words: str, options: tuple[str, ...] = ()) -> tuple[int, str]:
    done = command("docker", "run", "--rm", "--network", "none", *options, image, *words)
    return done.returncode, (done.stdout + done.stderr).strip()


@pytest.fixture
def container(image: str) -> Iterator[Callable[..., str]]:
    """Start containers that are removed at the end."""
    names: list[str] = []

    def start(*words: str) -> str:
        names.append(f"chaoskit-test-{uuid.uuid4().hex[:8]}")
        done = command("docker", "run", "-d", "--name", names[-1], "--network", "none", image, *words)
        assert done.returncode == 0, done.stderr
        return names[-1]

    yield start
    command("docker", "rm", "-f", "-v", *names)


def test_it_needs_no_network_and_no_root(image):
    assert run(image, "sh", "-c", "id -un; id -u; chaoskit --version") == (
        0,
        f"chaoskit\n1000\nchaoskit, version {chaoskit.__version__}",
    )


def test_everything_that_it_is_made_of_can_be_imported(image):
    parts = (
        "chaoskit.cli.run, chaoskit.run.execute, chaoskit.proxy.__main__, chaoskit.load.engine, chaoskit_shop"
    )
    assert run(image, "python", "-c", f"import {parts}") == (0, "")


def test_its_own_experiments_are_right(image):
    status, said = run(
        image, "sh", "-c", "chaoskit validate /app/experiments/*.yaml /app/compose/experiment.yaml"
    )
    assert (status, "experiment.yaml" in said) == (0, True), said


def test_it_can_change_a_network_namespace_once_it_is_allowed_to(image):
    change = (
        "sh",
        "-c",
        "nft add table inet chaoskit && nft list tables && ip link show lo >/dev/null && tc -V",
    )
    allowed = ("--cap-add", "NET_ADMIN", "--user", "0")
    status, said = run(image, *change, options=allowed)
    assert (status, said.splitlines()[0]) == (0, "table inet chaoskit"), said
    assert run(image, *change)[0] != 0


def test_nothing_of_it_is_compiled_again_at_each_start(image):
    """Its user cannot write beside the code, so what is not compiled in the image never will be."""
    script = (
        "import importlib.util, pathlib\n"
        "for root in ('/app', '/opt/chaoskit/lib'):\n"
        "    files = list(pathlib.Path(root).rglob('*.py'))\n"
        "    assert files, root\n"
        "    for each in files:\n"
        "        if not pathlib.Path(importlib.util.cache_from_source(str(each))).exists(): print(each)\n"
    )
    assert run(image, "python", "-c", script) == (0, "")


def test_the_health_check_is_set_and_a_container_without_a_proxy_is_healthy(image, container):
    config = json.loads(command("docker", "image", "inspect", image).stdout)[0]["Config"]
    assert config["User"] == "chaoskit"
    assert check(container("sleep", "60"), config["Healthcheck"]["Test"]) == (0, "")


def test_a_proxy_that_lost_its_socket_is_unhealthy(image, container):
    name = container("python", "-c", STAND_IN, "-m", "chaoskit.proxy")
    test = json.loads(command("docker", "image", "inspect", image).stdout)[0]["Config"]["Healthcheck"]["Test"]
    until(lambda: check(name, test)[0] == 0)
    signal(name, "USR1")
    until(lambda: check(name, test)[0] == 1)
    assert check(name, test)[1].endswith("does not listen")


def test_a_proxy_that_is_stopped_is_unhealthy(image, container):
    name = container("python", "-c", STAND_IN, "-m", "chaoskit.proxy")
    test = json.loads(command("docker", "image", "inspect", image).stdout)[0]["Config"]["Healthcheck"]["Test"]
    until(lambda: check(name, test)[0] == 0)
    signal(name, "STOP")
    assert check(name, test)[1].endswith("is stopped")
    signal(name, "CONT")
    assert check(name, test) == (0, "")


def check(name: str, test: list[str]) -> tuple[int, str]:
    """Do what the engine does for a health check, without waiting for its interval."""
    assert test[0] == "CMD"
    done = command("docker", "exec", name, *test[1:])
    return done.returncode, done.stdout.strip()


def signal(name: str, kind: str) -> None:
    done = command("docker", "kill", "--signal", kind, name)
    assert done.returncode == 0, done.stderr


def until(claim: Callable[[], bool]) -> None:
    last = time.monotonic() + 15
    while not claim():
        assert time.monotonic() < last, "it did not become so within 15 s"
        time.sleep(0.1)
