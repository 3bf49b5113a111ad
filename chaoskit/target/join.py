"""Create a container, put it on several networks, and become its ``docker start``; for engines before 25.

Run as ``python -m chaoskit.target.join NAME ALIAS,ALIAS NETWORK,NETWORK -- docker create ...``.
"""

import os
import subprocess
import sys
from collections.abc import Sequence


def main(arguments: list[str]) -> int:
    """Return docker's status where a step before the last failed; else do not return."""
    name, aliases, networks = arguments[:3]
    create = arguments[arguments.index("--") + 1 :]
    called = [word for alias in aliases.split(",") for word in ("--alias", alias)]
    joins = [["network", "connect", *called, each, name] for each in networks.split(",") if each]
    for step in (create[1:], *joins):
        status = _docker(step)
        if status:
            _docker(["rm", "-f", name])
            return status
    os.execvp("docker", ["docker", "start", "--attach", "--interactive", name])  # noqa: S606 - to be it
    return 1


def _docker(words: Sequence[str]) -> int:
    # its standard input is the controller's, and what it says there is not for the controller
    return subprocess.run(
        ["docker", *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
