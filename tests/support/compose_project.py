"""A Compose project of a test's own: brought up from a file, looked into, and always taken down again."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHOP = Path(__file__).parents[2] / "compose" / "shop.yaml"


def command(*words: str, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its output is kept, its status is the caller's to judge."""
    return subprocess.run(
        words,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@dataclass(frozen=True)
class Project:
    """One project; ``environment`` is what the compose file asks for."""

    name: str
    environment: Mapping[str, str]
    file: Path = SHOP

    def compose(self, *words: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run ``docker compose`` on this project."""
        whole = ("docker", "compose", "-p", self.name, "-f", str(self.file), *words)
        return command(*whole, timeout=timeout, **self.environment)

    def up(self, *services: str) -> None:
        """Bring services up, healthy, or fail with what they said."""
        done = self.compose("up", "-d", "--wait", "--no-build", *services)
        assert done.returncode == 0, done.stderr + self.compose("logs").stdout

    def down(self) -> None:
        """Take everything of it away."""
        done = self.compose("down", "--volumes", "--timeout", "2")
        assert done.returncode == 0, done.stderr

    def container(self, service: str) -> str:
        """Return the id of the service's container, by its labels: Compose's versions name it differently."""
        labels = {"project": self.name, "service": service}
        filters = [f"--filter=label=com.docker.compose.{key}={value}" for key, value in labels.items()]
        return command("docker", "ps", "--all", "--quiet", "--no-trunc", *filters).stdout.strip()

    def inspect(self, service: str) -> dict[str, Any]:
        """Return what the engine knows of the service's container."""
        return json.loads(command("docker", "inspect", self.container(service)).stdout)[0]

    def run(self, service: str, *words: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command in the service's container."""
        return command("docker", "exec", self.container(service), *words, timeout=timeout)

    def copy(self, service: str, path: str, to: Path) -> None:
        """Copy a file or folder out of the service's container."""
        done = command("docker", "cp", f"{self.container(service)}:{path}", str(to))
        assert done.returncode == 0, done.stderr
