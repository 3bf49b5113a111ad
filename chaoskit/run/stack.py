"""The target as a service of a compose project: kept by a process of its own, and what that says."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from chaoskit.core.experiment import FORWARD_PORT, PROXY, Compose
from chaoskit.core.machine import Event, Failed
from chaoskit.proxy import ca
from chaoskit.run.child import Child, Ended, Line, python
from chaoskit.run.system import System
from chaoskit.target import projects
from chaoskit.target.sidecar import Beside, aliases

BUNDLE = "/etc/chaoskit/ca.pem"
"""Where a container sees what it is to trust."""

DOWN_WITHIN = 150.0


@dataclass(slots=True)
class Stack(System):
    """A compose project. ``container`` and ``networks`` are the captured service's, once it is up."""

    container: str = ""
    networks: tuple[str, ...] = ()
    engine: str = ""
    restarts: int = 0  # how often the captured container began again
    may_end: Callable[[], bool] = lambda: False  # whether a fault of ours is about to end it, or has

    @property
    def compose(self) -> Compose:
        found = self.setup.experiment.target.compose
        assert found is not None
        return found

    @property
    def project(self) -> str:
        """What compose calls it."""
        return name_beforehand(self.compose, self._file) or _safe(f"chaoskit-{self.setup.folder.mark}")

    @property
    def _file(self) -> Path:
        return (self.setup.base / self.compose.file).resolve()

    def start(self, proxy: str | None, dns: str | None) -> Iterator[Event]:
        """Let the project be brought up; ``Up`` comes when all of it is ready, and the service answers."""
        if not self._file.is_file():
            yield Failed("target", f"target.compose: there is no file {self.compose.file}")
            return
        bundle, variables = self._trust()
        self.child = Child(
            "target",
            python("-m", "chaoskit.target.stack"),
            log=self.setup.folder.log("target"),
            mailbox=self.mailbox,
            environment=self.setup.target_environment({}),
            folder=self.setup.target_folder,
        )
        experiment = self.setup.experiment
        self.child.tell(
            {
                "run": self.setup.folder.mark,
                "file": str(self._file),
                "project": self.project,
                "profile": self.compose.profile,
                "service": self.compose.service,
                "services": list(experiment.services),
                "environment": {
                    "CHAOSKIT_USER": f"{os.getuid()}:{os.getgid()}",
                    **dict(experiment.target.environment),
                },
                "variables": variables,
                "mounts": [[str(bundle), BUNDLE]],
                "engine": experiment.target.engine,
                "image": experiment.target.image,
                "within": experiment.target.ready.within,
                "logs": str(self.setup.folder.path.resolve()),
                "keep": self.compose.keep,
                "attach": self.compose.attach,
                # of a project that bears a name of the user's own, the data may be his
                "drops_volumes": self.compose.project is None,
            }
        )

    def hear(self, message: object) -> Iterator[Event]:
        """Take news about the project, and yield what it means for the run."""
        match message:
            case Line(_, {"ready": ready}):
                self.engine = str(ready["engine"])
                self.container = str(ready["container"])
                self.networks = tuple(str(each) for each in ready["networks"])
                if ready["containers"] != 1:
                    yield Failed(
                        "target",
                        f"the service {self.compose.service} has {ready['containers']} containers; "
                        "only one can be captured",
                    )
                    return
                taken = self._taken(ready["names"])
                if taken is not None:
                    yield Failed("target", taken)
                    return
                self.look()
            case Line(_, {"failed": why}):
                yield Failed("target", str(why))
            case Line(_, {"event": {"container": self.container, "what": "die", "status": status}}):
                if not self.may_end():
                    yield Failed(
                        "target", f"the container of {self.compose.service} ended with status {status}"
                    )
            case Line(_, {"event": {"container": self.container, "what": "start"}}):
                self.restarts += 1
            case Line() | Ended("target", 0):
                pass
            case Ended("target", status):
                yield Failed(
                    "stack",
                    f"the process that keeps the project ended with status {status}{self._last_words()}, "
                    "which says nothing about the target; run it again",
                )
            case _:
                yield from System.hear(self, message)  # type: ignore[arg-type]

    def stop(self) -> None:
        """Take the project down, unless it is to be left; its containers' logs are kept."""
        if self.child is not None:
            self.child.end(DOWN_WITHIN)
        System.stop(self)
        for path, found in projects.kept():
            if found.keeper.run == self.setup.folder.mark and not found.keeper.is_alive():  # it was killed
                projects.take_down(path, found)  # where this fails, the note stays for ``chaoskit recover``

    def beside(self, number: int) -> list[str]:
        """Return the command of a proxy worker, where it sees the service's calls."""
        experiment = self.setup.experiment
        writes = {self.setup.folder.path.resolve(), self.setup.ca.resolve()}
        reads = {self.setup.base, *(each.resolve().parent for each in self.setup.extra_cas)}
        place = Beside(
            run=self.setup.folder.mark,
            image=experiment.target.image,
            engine=self.engine,
            writes=tuple(sorted(str(each) for each in writes)),
            reads=tuple(sorted(str(each) for each in reads - writes)),
            user=(os.getuid(), os.getgid()),
        )
        command = ("python", "-u", "-m", "chaoskit.proxy")
        if self.compose.capture == "sidecar":
            return place.in_namespace(self.container, command)
        names = aliases(self.compose, experiment.providers)
        return place.on_networks(f"{self.project}-proxy-{number}", self.networks, names, command)

    def _taken(self, names: Mapping[str, str]) -> str | None:
        """Say so where a container has a name that is to be the proxy's: half of the calls would go there."""
        if self.compose.capture == "sidecar":
            return None
        for name in aliases(self.compose, self.setup.experiment.providers):
            if (owner := names.get(name.lower())) is not None:
                return (
                    f"capture {self.compose.capture}: {name} is a name of the container {owner} on the same "
                    "network, so some calls would go there; call that otherwise, or use `capture: sidecar`"
                )
        return None

    def _trust(self) -> tuple[Path, dict[str, str]]:
        """Make what the service is to trust; return it, and the variables that say so in its container."""
        url = f"http://{PROXY}:{FORWARD_PORT}"
        given = ca.environment(url, self.setup.ca, self.setup.extra_cas)
        bundle = given["SSL_CERT_FILE"]
        if self.compose.capture == "forward":
            given |= dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost,127.0.0.1,::1")
        else:
            given = {name: value for name, value in given.items() if value != url}
            del given["NODE_USE_ENV_PROXY"]
        return Path(bundle).resolve(), {n: BUNDLE if v == bundle else v for n, v in given.items()}


def name_beforehand(compose: Compose, file: Path) -> str | None:
    """Return what the project is called, if it is not of the run's own."""
    if compose.project is not None or not compose.attach:
        return compose.project
    return _safe(file.parent.name)  # as compose itself names a project that was given no name


def _safe(name: str) -> str:
    """Return a name as compose takes it."""
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_") or "project"
