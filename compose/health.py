"""The image's health check: every proxy in this container listens; without a proxy it is healthy.

A proxy that is stopped, or that lost its socket, is what would look like an outage of the provider. Whatever
else runs here (a controller, a load process, the demo's programs) is known by how it ends. Nothing is
connected to: a proxy would take the probe for a client of its own.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
_PROXY = "chaoskit.proxy"
_LISTENS = "0A"


def main() -> int:
    """Return 0, or 1 after saying which proxy does not serve."""
    listening = set(sockets(PROC))
    for process in proxies(PROC):
        if state(process) in "TtZX":
            print(f"proxy {process.name} is stopped")  # noqa: T201 - kept by the engine
            return 1
        if not listening & set(opened(process)):
            print(f"proxy {process.name} does not listen")  # noqa: T201
            return 1
    return 0


def proxies(proc: Path) -> Iterator[Path]:
    """Yield the folders of the processes that are proxies."""
    for process in proc.glob("[0-9]*"):
        words = _read(process / "cmdline").split("\0")
        if "-m" in words and _PROXY in words:
            yield process


def state(process: Path) -> str:
    """Return the letter after the name, which may itself have brackets and blanks; X once it is gone."""
    return _read(process / "stat").rpartition(")")[2].strip()[:1] or "X"


def sockets(proc: Path) -> Iterator[str]:
    """Yield the inodes of the sockets that listen in this network namespace."""
    for name in ("tcp", "tcp6"):
        for line in _read(proc / "net" / name).splitlines()[1:]:
            words = line.split()
            if words[3] == _LISTENS:
                yield words[9]


def opened(process: Path) -> Iterator[str]:
    """Yield the inodes of the sockets that a process has."""
    for descriptor in (process / "fd").glob("*"):
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            yield target.removeprefix("socket:[").removesuffix("]")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
