"""For the tests against a real Docker engine: is there one, and the image of the checkout as it is."""

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException

from compose_project import Project, command

ROOT = Path(__file__).parents[2]
_HINT = "`make docker-test` starts one of its own"


def without(reason: str) -> None:
    """Skip, or fail where an engine was promised: CI must not pass by leaving everything out."""
    if os.environ.get("CHAOSKIT_DOCKER") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what runs write down out of the user's own folder."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session", autouse=True)
def engine() -> Iterator[docker.DockerClient]:
    """The engine that DOCKER_HOST names, or docker's default."""
    try:
        client = docker.from_env()
        client.ping()
    except DockerException as error:
        without(f"no Docker engine answers ({error}); {_HINT}")
        raise
    with_compose = command("docker", "compose", "version")
    if with_compose.returncode:
        without(f"docker compose does not answer: {with_compose.stderr.strip()}")
    yield client
    client.close()


@pytest.fixture(scope="session")
def image(engine: docker.DockerClient) -> str:
    """The image of the checkout as it is, under a tag of its content: another checkout's is another one."""
    tag = f"chaoskit:test-{digest()}"
    if command("docker", "image", "inspect", tag).returncode:
        built = command(str(ROOT / ".ci" / "image"), timeout=300, CHAOSKIT_IMAGE=tag)
        if built.returncode:
            without(f"the image cannot be built here: {built.stderr[-2000:]}")
    return tag


def digest() -> str:
    """Return what tells one content of the image from another."""
    files = [ROOT / "Dockerfile", ROOT / ".dockerignore", ROOT / "requirements.lock"]
    for folder in ("chaoskit", "compose", "experiments"):
        files += [
            each for each in (ROOT / folder).rglob("*") if each.is_file() and "__pycache__" not in each.parts
        ]
    known = hashlib.sha256()
    for file in sorted(files):
        known.update(f"{file.relative_to(ROOT)}\0{file.stat().st_mode}\0".encode() + file.read_bytes())
    return known.hexdigest()[:12]


@pytest.fixture
def project(image: str) -> Iterator[Callable[..., Project]]:
    """Return a maker of projects, each of its own name, on any free port; they are taken down at the end."""
    made: list[Project] = []

    def make(**environment: str) -> Project:
        known = {"CHAOSKIT_IMAGE": image, "SHOP_PORT": "0", **environment}
        made.append(Project(f"chaoskit-test-{uuid.uuid4().hex[:8]}", known))
        return made[-1]

    yield make
    for each in made:
        each.down()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have counted; with several workers their own output is not shown."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "counts":
                terminalreporter.write_line(value)
