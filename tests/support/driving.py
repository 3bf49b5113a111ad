"""A client that makes many plain calls on keep-alive connections, on the same loop as the provider: no two
threads of this process then wait for each other while times are taken.
"""

import asyncio
import os
import time
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tls_origin import HOST, Origin
from worker_kit import Kit, Proxy

PATIENCE = 20.0
"""Seconds for one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to be made. ``due``: monotonic seconds, 0 as soon as a connection is free."""

    path: str
    name: str = ""  # as x-request-id, which the dice take for its identity
    due: float = 0.0

    @property
    def head(self) -> bytes:
        named = f"x-request-id: {self.name}\r\n" if self.name else ""
        return f"GET http://{HOST}{self.path} HTTP/1.1\r\nHost: {HOST}\r\n{named}\r\n".encode()


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a call. Times are monotonic seconds."""

    call: Call
    sent: float
    done: float
    status: int

    @property
    def took(self) -> float:
        return self.done - self.sent


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every call at once; ``/bytes/N`` with so many."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1]
        body = bytes(int(path.rpartition(b"/")[2])) if b"/bytes/" in path else b"ok"
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)


def run[T](origin: Origin, work: Coroutine[Any, Any, T], within: float = 55) -> T:
    """Run ``work`` on the provider's loop; return what it returns."""
    return asyncio.run_coroutine_threadsafe(work, origin._loop).result(within)


async def drive(proxy: Proxy, calls: Sequence[Call], connections: int, spread: float = 0.0) -> list[Answered]:
    """Make the calls in their order, so many at a time; return them in the order of their ends.

    The connections begin one after the other within ``spread`` seconds: together, they would queue.

    Each connection has made a call before, to ``/warm``, for which the proxy connects to the provider.
    """
    done: list[Answered] = []
    waiting = iter(calls)
    lines = (_line(proxy, waiting, done, spread * n / connections) for n in range(connections))
    await asyncio.gather(*lines)
    return done


async def _line(proxy: Proxy, waiting: Iterable[Call], done: list[Answered], late: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    await asyncio.sleep(late)
    await _make(Call(path="/warm"), reader, writer)
    for call in waiting:
        await asyncio.sleep(max(0.0, call.due - time.monotonic()))
        done.append(await _make(call, reader, writer))
    writer.close()


async def _make(call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answered:
    sent = time.monotonic()
    writer.write(call.head)
    async with asyncio.timeout(PATIENCE):
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or 0))
    return Answered(call, sent, time.monotonic(), int(head.split(b" ", 2)[1]))


def provider(kit: Kit) -> Origin:
    """Return a provider that answers at once."""
    return kit.origin(tls=False, raw=serve)


def load() -> str:
    """Say how busy the machine is, for whoever reads a figure."""
    return f"{os.getloadavg()[0]:.1f} of {os.cpu_count()}"
