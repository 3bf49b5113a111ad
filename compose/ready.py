"""The services' health check: ``ready.py PORT [PATH]`` connects, or gets a path and wants the status 200.

A probe costs about 0.1 s of CPU, most of it the engine's, and an engine before 25 knows but one interval. So
probes come often until the first that succeeds, and each later one waits first.
"""

import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_PAUSE = 15.0
_SUCCEEDED = Path("/dev/shm/ready")  # in memory: it is gone when the container starts again


def main(arguments: Sequence[str]) -> int:
    """Return 0, or 1 after saying what is wrong."""
    if _SUCCEEDED.exists():
        time.sleep(_PAUSE)
    try:
        found = probe(int(arguments[0]), arguments[1] if len(arguments) > 1 else None)
    except OSError as error:
        found = str(error)
    if found is not None:
        print(found)  # noqa: T201 - kept by the engine
        return 1
    _SUCCEEDED.touch()
    return 0


def probe(port: int, path: str | None) -> str | None:
    """Return what is wrong, or nothing. Raises OSError. Not by urllib: that takes 0.2 s to import."""
    with socket.create_connection(("127.0.0.1", port), 3) as connection:
        if path is None:
            return None
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
        status = connection.makefile("rb").readline().decode(errors="replace").strip()
    return None if status.split()[1:2] == ["200"] else f"expected the status 200, got `{status}`"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
