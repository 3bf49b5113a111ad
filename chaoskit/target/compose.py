"""A compose project by its command line: what is called, and what is asked of the engine about it."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chaoskit.core.frozen import frozen

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"


class ComposeError(Exception):
    """Compose or the engine could not do it; a sentence without a full stop."""


@frozen(kw_only=True)
class Project:
    """A compose project. ``files`` are merged in order; ``program`` is compose's own command."""

    name: str
    files: tuple[Path, ...]
    program: tuple[str, ...]

    def command(self, *words: str) -> list[str]:
        """Return a compose command about this project. Relative paths count from the first file's folder."""
        files = [word for file in self.files for word in ("-f", str(file))]
        folder = ["--project-directory", str(self.files[0].parent)]
        return [*self.program, *files, *folder, "-p", self.name, *words]

    def by_name(self, *words: str) -> list[str]:
        """Return a command that needs no file, and so none of what its ``${...}`` are filled in from.

        The older program cannot do without the files.
        """
        if self.program == ("docker", "compose"):
            return ["env", "-C", "/", *self.program, "-p", self.name, *words]
        return self.command(*words)


@frozen
class Found:
    """A container of a project. ``health`` is None where it has no check."""

    id: str
    name: str
    service: str
    status: str
    health: str | None
    status_code: int
    networks: tuple[str, ...]

    @property
    def trouble(self) -> str | None:
        """Why it will not become ready, or None."""
        if self.status in ("exited", "dead") and self.status_code:
            return f"the container of {self.service} ended with status {self.status_code}"
        if self.health == "unhealthy":
            return f"the container of {self.service} is unhealthy"
        return None

    @property
    def is_ready(self) -> bool:
        """Whether it runs and is not unhealthy, or has ended well, as those do that prepare something."""
        return (self.status == "running" and self.health in (None, "healthy")) or (
            self.status == "exited" and not self.status_code
        )


def program() -> tuple[str, ...]:
    """Return compose's command: version 2, a plugin of docker, or the older program. Raises ComposeError."""
    if shutil.which("docker") and run(["docker", "compose", "version"]).returncode == 0:
        return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    raise ComposeError("target.compose needs `docker compose` (or docker-compose), and there is neither")


def variables(profile: str | None, given: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of compose itself, from which a file's ``${...}`` are filled in."""
    return {**own, **({"COMPOSE_PROFILES": profile} if profile else {}), **given}


def override(service: str, environment: Mapping[str, str], mounts: Sequence[tuple[str, str]]) -> str:
    """Return a compose file (as JSON, which is YAML) that adds variables and read-only files to a service."""
    added: dict[str, Any] = {
        "environment": dict(environment),
        "volumes": [f"{source}:{target}:ro" for source, target in mounts],
    }
    # `$` would be filled in by compose
    text = json.dumps({"services": {service: added}}, indent=1)
    return text.replace("$", "$$") + "\n"


def containers(project: str, *, timeout: float = 20.0) -> list[Found]:
    """Return all containers of a project, stopped ones too. Raises ComposeError."""
    ids = _said(
        ["docker", "ps", "-aq", "--no-trunc", "--filter", f"label={PROJECT}={project}"], timeout
    ).split()
    if not ids:
        return []
    return [_found(each) for each in json.loads(_said(["docker", "inspect", *ids], timeout))]


def services(project: Project, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the services of a project's files, with its profile. Raises ComposeError."""
    return tuple(_said(project.command("config", "--services"), 30.0, environment).split())


def names_on(networks: Sequence[str], *, timeout: float = 20.0) -> dict[str, str]:
    """Return every name that a container has on one of ``networks``, and that container's name."""
    found: dict[str, str] = {}
    for network in json.loads(_said(["docker", "network", "inspect", *networks], timeout)):
        ids = list(network["Containers"])
        for told in json.loads(_said(["docker", "inspect", *ids], timeout)) if ids else ():
            aliases = told["NetworkSettings"]["Networks"].get(network["Name"], {}).get("Aliases") or ()
            found |= dict.fromkeys((each.lower() for each in aliases), told["Name"].lstrip("/"))
    return found


def _found(told: Mapping[str, Any]) -> Found:
    state = told["State"]
    return Found(
        id=told["Id"],
        name=told["Name"].lstrip("/"),
        service=told["Config"]["Labels"].get(SERVICE, ""),
        status=state["Status"],
        health=(state.get("Health") or {}).get("Status"),
        status_code=int(state.get("ExitCode", 0)),
        networks=tuple(told["NetworkSettings"]["Networks"]),
    )


def _said(command: Sequence[str], timeout: float, environment: Mapping[str, str] | None = None) -> str:
    done = run(command, timeout, environment)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise ComposeError(f"`{' '.join(command[:2])}` failed: {last[0]}")
    return done.stdout


def run(
    command: Sequence[str], timeout: float = 20.0, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. Raises ComposeError where it cannot be, or takes too long."""
    try:
        return subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        raise ComposeError(f"cannot start `{command[0]}`: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise ComposeError(f"`{' '.join(command[:2])}` took longer than {timeout:g}s") from error
