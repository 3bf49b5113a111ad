"""The controller's pipe: JSON lines in and out, without blocking the other greenlets."""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from gevent.lock import RLock
from gevent.socket import wait_read, wait_write

_CHUNK = 4096
"""A pipe that polls as writable takes at least this many bytes at once (PIPE_BUF)."""


def heard(descriptor: int) -> Iterator[Mapping[str, Any]]:
    """Yield each JSON object that comes in, until the end of file. A line that is none is ignored."""
    rest = b""
    while True:
        wait_read(descriptor)
        data = os.read(descriptor, 65536)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict):
                yield said


class Speaker:
    """Writes whole lines; a controller that does not read stops the speaker, not the load."""

    def __init__(self, descriptor: int) -> None:
        """Speak on a file descriptor."""
        self._descriptor = descriptor
        self._lock = RLock()

    def say(self, message: Mapping[str, Any]) -> None:
        """Write one JSON line; raises OSError when nobody listens any more."""
        data = json.dumps(message).encode() + b"\n"
        with self._lock:
            while data:
                wait_write(self._descriptor)
                done = os.write(self._descriptor, data[:_CHUNK])
                data = data[done:]
