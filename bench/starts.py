"""From starting a proxy to the first answer that came through it."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from client import Way, ask
from process import Broken
from servers import HOST, Mitmdump, Origin, Worker, experiment, quiet


def mitmdump_start(name: str, folder: Path, origin: Origin) -> float:
    """Return the seconds of bare mitmproxy, whose CA is there already."""
    return _timed(
        lambda stack: Way(
            name=name,
            port=Mitmdump(stack, folder, origin, name=name).port,
            origin=f"{HOST}:{origin.plain}",
            is_proxied=True,
        )
    )


def worker_start(name: str, folder: Path, origin: Origin) -> float:
    """Return the seconds of one worker, whose CA is there already too, in the mitm lane."""
    return _timed(
        lambda stack: Way(
            name=name,
            port=Worker(stack, name, folder, experiment(origin, [quiet("plain")])).port,
            origin="plain.example",
            is_proxied=True,
        )
    )


def _timed(begin: Callable[[ExitStack], Way]) -> float:
    with ExitStack() as stack:
        began = time.monotonic()
        way = begin(stack)
        status, _ = ask(way)
        took = time.monotonic() - began
        if status != 200:
            raise Broken(f"{way.name}: the first answer had status {status}")
        return took
