"""How many cores this process may use: a proxy worker on each is the most that pays."""

import os
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/")


def cores(root: Path = _ROOT) -> int:
    """Return the cores that the scheduler gives to this process, or that its control groups leave of them."""
    try:
        given = len(os.sched_getaffinity(0))
    except AttributeError:  # Linux alone has it
        given = os.cpu_count() or 1
    return max(1, min([given, *_limits(root)]))


def _limits(root: Path) -> Iterator[int]:
    """Yield what each control group (version 2) that this process is in allows, in whole cores."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    mine = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
    if mine is None:
        return
    top = root / "sys/fs/cgroup"
    group = top / mine
    for each in (group, *group.parents):
        try:
            quota, period = (each / "cpu.max").read_text(encoding="ascii").split()
            # a worker that is stopped for the rest of each period delays calls that no fault is about
            yield int(quota) // int(period)
        except (OSError, ValueError):  # no file, or `max`
            pass
        if each == top:
            return
