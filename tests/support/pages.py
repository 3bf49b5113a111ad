"""Pages that are drawn once for all processes of a pytest session: the charts of one take a second."""

import fcntl
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from chaoskit.core.result import Result
from chaoskit.report import html


def kept_in(folder: Path) -> Callable[[Result], str]:
    """Return what renders a result, or reads what another process has rendered of an equal one."""
    folder.mkdir(exist_ok=True)

    @cache
    def page(result: Result) -> str:
        name = hashlib.sha256(repr(result).encode()).hexdigest()
        kept = folder / name
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                kept.write_bytes(html.render(result).encode())
            return kept.read_bytes().decode()

    return page
