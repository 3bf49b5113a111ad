"""What a run is given: the experiment, and where its things are."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.run.folder import Folder


@frozen(kw_only=True)
class Setup:
    """Everything that the parts of a run are started with. ``path`` is the experiment's file."""

    experiment: Experiment
    path: Path
    text: str
    changes: tuple[str, ...]
    folder: Folder
    ca: Path
    workers: int = 1  # of the proxy

    @property
    def base(self) -> Path:
        """The folder of the experiment's file, from which its relative paths count."""
        return self.path.resolve().parent

    @property
    def target_folder(self) -> Path:
        """Where the target's commands start."""
        return self.base / self.experiment.target.folder

    @property
    def extra_cas(self) -> list[Path]:
        """What the target must trust besides our own authority: whoever signs for the providers."""
        extra = self.experiment.proxy.upstream_ca
        return [] if extra is None else [self.base / extra]

    def configuration(self, **more: Any) -> Mapping[str, Any]:
        """Return the first line that a proxy worker or load process is sent."""
        return {
            "path": str(self.path.resolve()),
            "text": self.text,
            "changes": list(self.changes),
            "seed": self.experiment.seed,
            "folder": str(self.folder.path.resolve()),
            **more,
        }

    def target_environment(self, proxy: Mapping[str, str]) -> dict[str, str]:
        """Return what the target's commands see: ours, then the proxy's, then what the file adds.

        ``python`` in a command is the interpreter that runs chaoskit: a demo needs no activated environment.
        """
        mine = dict(os.environ)
        mine["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), mine.get("PATH", "")])
        for name in ("NO_PROXY", "no_proxy"):
            mine[name] = "localhost,127.0.0.1,::1"
        return {**mine, **proxy, **dict(self.experiment.target.environment)}


def memory_file(setup: Setup) -> Path:
    """Make the file of the workers' shared memory, which they give its size; return it."""
    path = setup.folder.path.resolve() / "memory"
    path.write_bytes(b"")  # ours, also where they run as root
    return path
