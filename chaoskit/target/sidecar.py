"""How a part of chaoskit is started beside a service: words for ``docker run``. Pure."""

import sys
from collections.abc import Sequence

from chaoskit.core.experiment import PROXY, Compose, Provider
from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class Beside:
    """Where a helper runs. ``writes`` and ``reads`` are folders that it sees under their own path.

    ``user`` is ours: what it writes into the run's folder must be ours to read. ``engine`` is what
    ``DOCKER_HOST`` would say.
    """

    run: str
    image: str
    engine: str
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    user: tuple[int, int]

    def in_namespace(self, container: str, command: Sequence[str]) -> list[str]:
        """Return the command that runs ``command`` in a container's network namespace, and may change that.

        As root inside, with one capability: an ordinary user would have none of what is granted. Who is not
        root outside gets a second one, to write into folders that are not root's.
        """
        writes = ["--cap-add", "DAC_OVERRIDE"] if self.user[0] else []
        return [
            *("env", f"DOCKER_HOST={self.engine}"),
            *("docker", "run", "--interactive", "--rm", "--pull", "never"),
            *("--network", f"container:{container}"),
            *("--user", "0:0", "--cap-drop", "ALL", "--cap-add", "NET_ADMIN", *writes),
            *self._rest(command),
        ]

    def on_networks(
        self, name: str, networks: Sequence[str], aliases: Sequence[str], command: Sequence[str]
    ) -> list[str]:
        """Return the command that runs ``command`` on all ``networks``, as ``name`` and under ``aliases``."""
        first, *others = networks
        called = [word for alias in aliases for word in ("--network-alias", alias)]
        create = [
            *("docker", "create", "--interactive", "--rm", "--pull", "never"),
            *("--name", name, "--network", first, *called),
            *("--user", f"{self.user[0]}:{self.user[1]}", "--cap-drop", "ALL"),
            *self._rest(command),
        ]
        return [
            *("env", f"DOCKER_HOST={self.engine}"),
            *(sys.executable, "-m", "chaoskit.target.join"),
            *(name, ",".join(aliases), ",".join(others), "--", *create),
        ]

    def _rest(self, command: Sequence[str]) -> list[str]:
        mounts = [word for each in self.writes for word in ("--volume", f"{each}:{each}")]
        mounts += [word for each in self.reads for word in ("--volume", f"{each}:{each}:ro")]
        labels = ("--label", "chaoskit=1", "--label", f"chaoskit.run={self.run}")
        return [*labels, "--env", "HOME=/tmp", *mounts, "--workdir", "/", self.image, *command]


def aliases(capture: Compose, providers: Sequence[Provider]) -> tuple[str, ...]:
    """Return the names that the proxy has on the networks of a service."""
    if capture.capture != "gateway":
        return (PROXY,)
    hosts = (host for each in providers for host in each.hosts if "*" not in host)
    return (PROXY, *dict.fromkeys(hosts))
