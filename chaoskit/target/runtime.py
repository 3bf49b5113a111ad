"""Looks at what a target's command runs on: by its name, its first line, and what is installed."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from chaoskit.catalogue.diagnosis import Runtime

_WITHIN = 20.0
_KINDS = (
    (r"python[0-9.]*|pypy[0-9.]*", "python"),
    (r"node|nodejs|npm|npx|yarn|pnpm", "node"),
    (r"java", "java"),
    (r"ruby[0-9.]*|bundle|rails", "ruby"),
    (r"curl", "curl"),
    (r"wget", "wget"),
    (r"go", "go"),
)
_ASK_PYTHON = (
    "import importlib.metadata as m, json, sys;"
    "print(json.dumps([list(sys.version_info[:3]),"
    " {(d.metadata['Name'] or '').lower(): d.version for d in m.distributions()}]))"
)


def look(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Runtime:
    """Return what ``command`` runs on, as it would be started in ``folder``."""
    program = shutil.which(command[0], path=environment.get("PATH")) or str(folder / command[0])
    kind = _kind(Path(program).name)
    if kind is None:
        interpreter = _first_line(Path(program))
        kind = _kind(Path(interpreter).name) if interpreter else None
        program = interpreter if interpreter and kind else program
    try:
        if kind == "python":
            version, packages = json.loads(_said([program, "-c", _ASK_PYTHON], environment, folder))
            return Runtime(
                kind=kind,
                program=program,
                version=tuple(version),
                packages=frozenset(packages),
                versions=tuple(sorted((name, str(version)) for name, version in packages.items())),
            )
        if kind == "node":
            node = shutil.which("node", path=environment.get("PATH")) or program
            return Runtime(
                kind=kind, program=node, version=_numbers(_said([node, "-v"], environment, folder))
            )
    except (OSError, ValueError, subprocess.SubprocessError):
        return Runtime(kind=None, program=command[0])
    return Runtime(kind=kind, program=program if kind else command[0])


def _kind(name: str) -> str | None:
    return next((kind for pattern, kind in _KINDS if re.fullmatch(pattern, name)), None)


def _first_line(path: Path) -> str | None:
    """Return the interpreter that a script names: gunicorn and its like are scripts."""
    try:
        with path.open("rb") as file:
            first = file.readline(300).decode("utf-8", "replace").strip()
    except OSError:
        return None
    words = first.removeprefix("#!").split() if first.startswith("#!") else []
    if words and Path(words[0]).name == "env":
        words = words[1:]
    return words[0] if words else None


def _said(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> str:
    return subprocess.run(
        command,
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_WITHIN,
        check=True,
    ).stdout


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"[0-9]+", text)[:3])
