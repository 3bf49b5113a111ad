"""The other workers of a run, forked before any loop runs: they share what was imported and read.

The first process hands on to each what it is told itself, and says what each of them says. Each has pipes for
its standard input and output, so that it sees the end of its input when the first process is gone.
"""

import asyncio
import gc
import json
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chaoskit.core.frozen import frozen
from chaoskit.proxy.lines import Voice

_PATIENCE = 6.0
"""Seconds that the others have for their end; the controller waits for eight (``run.child.LAST_WORD``)."""


@frozen
class Forked:
    """Another worker, as the first process sees it: its number, and the ends of its pipes."""

    number: int
    pid: int
    told: int
    says: int


def fork(numbers: Sequence[int], folder: Path) -> list[Forked] | None:
    """Fork the workers ``numbers``; return them, or None in each of them.

    What one of them has to say besides the protocol goes to its ``proxy-<number>.log`` in ``folder``.
    """
    forked: list[Forked] = []
    if numbers:
        # a look for cycles writes to all that it looks at, and then no page would be shared any more
        gc.collect()
        gc.freeze()
    for number in numbers:
        told, tell = os.pipe()
        heard, say = os.pipe()
        log = os.open(folder / f"proxy-{number}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        pid = os.fork()
        if pid == 0:
            for target, source in enumerate((told, say, log)):
                os.dup2(source, target)
            # whoever keeps another's input open hides the end of it
            theirs = [end for one in forked for end in (one.told, one.says)]
            for each in (told, tell, heard, say, log, *theirs):
                os.close(each)
            return None
        for each in (told, say, log):
            os.close(each)
        forked.append(Forked(number, pid, tell, heard))
    return forked


class Others:
    """The forked workers while the first one's loop runs."""

    def __init__(self, forked: Sequence[Forked], voice: Voice) -> None:
        self._forked = forked
        self._voice = voice
        self._inputs: list[asyncio.WriteTransport] = []
        self._ends: list[asyncio.Task[None]] = []

    async def start(self, line: Mapping[str, Any]) -> None:
        """Give each its first line: its number, and ``line``."""
        loop = asyncio.get_running_loop()
        for each in self._forked:
            to, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(each.told, "wb"))
            _, ear = await loop.connect_read_pipe(
                lambda each=each: _Ear(each.number, self._voice), os.fdopen(each.says, "rb")
            )
            self._inputs.append(to)
            self._ends.append(loop.create_task(self._end_of(each, ear)))
            to.write(json.dumps({**line, "worker": each.number}).encode() + b"\n")

    def tell(self, raw: bytes) -> None:
        """Hand a line on to all."""
        for each in self._inputs:
            each.write(raw)

    def close(self) -> None:
        """Close their inputs: they then end by themselves."""
        for each in self._inputs:
            each.close()

    async def stop(self) -> None:
        """Close their inputs, and return when all have ended; who takes too long is killed."""
        self.close()
        if not self._ends:
            return
        _, late = await asyncio.wait(self._ends, timeout=_PATIENCE)
        for each, end in zip(self._forked, self._ends, strict=True):
            if end in late:
                os.kill(each.pid, signal.SIGKILL)
        await asyncio.gather(*self._ends)

    async def _end_of(self, forked: Forked, ear: "_Ear") -> None:
        await ear.is_over.wait()
        _, found = await asyncio.to_thread(os.waitpid, forked.pid, 0)
        status = os.waitstatus_to_exitcode(found)
        self._voice.say({"from": forked.number, "ended": status if status >= 0 else 128 - status})


class _Ear(asyncio.Protocol):
    """Passes on what one worker says."""

    def __init__(self, number: int, voice: Voice) -> None:
        self._number = number
        self._voice = voice
        self._rest = b""
        self.is_over = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for each in lines:
            self._voice.pass_on(self._number, each)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over.set()
