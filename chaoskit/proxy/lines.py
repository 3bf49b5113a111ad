"""Lines of JSON on standard input and output: what a worker is told, and what it says."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

LONGEST = 16 * 1024 * 1024
"""Bytes of one line: the first one carries the whole experiment."""
_INPUT, _OUTPUT = 0, 1


class NotALineError(Exception):
    """What came on standard input is no object of JSON; a sentence."""


def first(source: int = _INPUT) -> tuple[Mapping[str, Any] | None, bytes]:
    """Wait without a loop for the first line; return it, None at the end of file, and what came with it."""
    raw = b""
    while b"\n" not in raw and len(raw) <= LONGEST and (more := os.read(source, 65536)):
        raw += more
    head, end, rest = raw.partition(b"\n")
    return parse(head + end), rest


async def following(rest: bytes) -> asyncio.StreamReader:
    """Return what comes on standard input after ``rest``, which has come already."""
    reader = asyncio.StreamReader(limit=LONGEST)
    reader.feed_data(rest)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def parse(raw: bytes) -> Mapping[str, Any] | None:
    """Return what a line says, or None at the end of file (a line cut short by it counts as none)."""
    if not raw.endswith(b"\n"):
        return None
    try:
        line = json.loads(raw)
    except ValueError as problem:
        raise NotALineError(f"expected a line of JSON on standard input, got {raw[:80]!r}") from problem
    if not isinstance(line, dict):
        raise NotALineError(f"expected a JSON object on standard input, got {raw[:80]!r}")
    return line


class Voice:
    """Standard output. While a loop runs nothing waits for whoever reads it: a controller that hangs must not
    stop a worker, which would then never see that its lease is over.

    Of the totals that nobody has read yet, only the newest of each worker are kept.
    """

    def __init__(self, output: int = _OUTPUT) -> None:
        self._output = output
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[object, bytes] = {}
        self._begun = b""

    def begin(self) -> None:
        """Wait no more, from now on."""
        self._loop = asyncio.get_running_loop()
        os.set_blocking(self._output, False)

    def say(self, line: Mapping[str, Any]) -> None:
        """Say one object."""
        self.put(json.dumps(line, separators=(",", ":")).encode(), "totals" if "seen" in line else object())

    def pass_on(self, worker: int, raw: bytes) -> None:
        """Say what another worker has said: one line, without its end."""
        key = ("totals", worker) if raw.startswith(b'{"seen"') else object()
        self.put(b'{"from":%d,"line":%b}' % (worker, raw), key)

    def put(self, raw: bytes, key: object) -> None:
        """Say a line. It takes the place of one with the same ``key`` that still waits."""
        self._waiting[key] = raw + b"\n"
        self._write()

    def end(self) -> None:
        """Say what still waits, however long that takes; the loop is over."""
        if self._loop is not None:
            self._loop = None
            os.set_blocking(self._output, True)
            self._write()

    def _write(self) -> None:
        while self._begun or self._waiting:
            if not self._begun:
                self._begun = self._waiting.pop(next(iter(self._waiting)))
            try:
                self._begun = self._begun[os.write(self._output, self._begun) :]
            except BlockingIOError:
                if self._loop is not None:
                    self._loop.add_writer(self._output, self._write)
                return
            except BrokenPipeError:  # the controller is gone; the end of our input says so too
                self._begun = b""
                self._waiting.clear()
        if self._loop is not None:
            self._loop.remove_writer(self._output)
