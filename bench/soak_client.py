"""A steady mix of calls through a worker, in a process of its own, as cheap as Python goes.

The first line of its input says where the worker listens, what it leads to, and how many calls a second are
wanted. Once a second it says how many there were, by kind; when its input ends, it ends its connections. An
open model: a call begins when it is due, on a connection of its own if all are busy, and is given up after
``PATIENCE``.
"""

import asyncio
import collections
import contextlib
import json
import ssl
import struct
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from soak_http2 import Http2

PATIENCE = 2.0
AT_ONCE = 40
"""Calls of a kind that may be under way; what is due beyond that waits, and counts as late."""
MIX = {
    "plain": 0.38,
    "tls": 0.28,
    "http2": 0.20,
    "new plain": 0.05,
    "new tls": 0.02,
    "stream": 0.02,
    "websocket": 0.02,
    "hang up": 0.02,
    "hang up tls": 0.01,
}
"""The share of each kind; it sums to 1."""

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Gone = (OSError, EOFError, ValueError, asyncio.LimitOverrunError, TimeoutError)


class Client:
    """All kinds of calls. ``config``: ``port`` of the worker, ``secure`` and ``plain``, the hosts' names."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._free: dict[bool, list[Wire]] = {False: [], True: []}
        self._trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._trust.check_hostname = False
        self._trust.verify_mode = ssl.CERT_NONE  # whose it is, is for other tests
        self._lines = [Http2(self.tunnel), Http2(self.tunnel)]
        self.done: collections.Counter[str] = collections.Counter()
        self.struck: collections.Counter[str] = collections.Counter()
        self.calls: dict[str, Callable[[int], Awaitable[bool]]] = {
            "plain": lambda n: self._keep_alive(n, tls=False),
            "tls": lambda n: self._keep_alive(n, tls=True),
            "http2": lambda n: self._lines[n % 2].ask(str(config["secure"]), "/a"),
            "new plain": lambda _: self._once("/a", tls=False),
            "new tls": lambda _: self._once("/a", tls=True),
            "stream": lambda _: self._once("/events/5/20", tls=False),
            "websocket": lambda _: self._websocket(),
            "hang up": lambda n: self._hang_up(n, tls=False),
            "hang up tls": lambda n: self._hang_up(n, tls=True),
        }

    async def one(self, kind: str, number: int) -> None:
        """Make one call; whatever becomes of it, it is counted."""
        is_good = False
        with contextlib.suppress(*Gone):
            async with asyncio.timeout(PATIENCE):
                is_good = await self.calls[kind](number)
        self.done[kind] += 1
        self.struck[kind] += not is_good

    def close(self) -> None:
        for wires in self._free.values():
            for _, writer in wires:
                writer.transport.abort()
        for each in self._lines:
            each.close()

    async def tunnel(self, alpn: str = "http/1.1") -> Wire:
        """Open a TLS connection to the provider through CONNECT."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._config["port"])
        try:
            where = f"{self._config['secure']}:443"
            writer.write(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
            self._trust.set_alpn_protocols([alpn])
            await writer.start_tls(self._trust, server_hostname=self._config["secure"])
        except BaseException:
            writer.transport.abort()
            raise
        return reader, writer

    async def _open(self, *, tls: bool) -> Wire:
        if tls:
            return await self.tunnel()
        return await asyncio.open_connection("127.0.0.1", self._config["port"])

    def _head(self, path: str, *, tls: bool, more: str = "") -> bytes:
        host = self._config["secure" if tls else "plain"]
        where = path if tls else f"http://{host}{path}"
        return f"GET {where} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode()

    async def _keep_alive(self, number: int, *, tls: bool) -> bool:
        free = self._free[tls]
        wire = free.pop() if free else await self._open(tls=tls)
        is_whole = False
        try:
            head = self._head("/a", tls=tls)
            if number % 10 == 0:  # some with a body
                head = head.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 2000\r\n\r\n")
                head += bytes(2000)
            wire[1].write(head)
            status = await _answer(wire[0])
            is_whole = not wire[0].at_eof()
        finally:
            if is_whole:
                free.append(wire)
            else:
                wire[1].transport.abort()
        return status == 200

    async def _once(self, path: str, *, tls: bool) -> bool:
        reader, writer = await self._open(tls=tls)
        try:
            writer.write(self._head(path, tls=tls))
            return await _answer(reader) == 200
        finally:
            writer.close() if not tls else writer.transport.abort()

    async def _hang_up(self, number: int, *, tls: bool) -> bool:
        """Leave in the middle: of an answer, of a stream, or before anything came; half of them by RST."""
        reader, writer = await self._open(tls=tls)
        try:
            path = ("/bytes/3000000", "/events/500/10", "/a")[number % 3]
            writer.write(self._head(path, tls=tls))
            if path != "/a":
                await reader.readexactly(200)
            return True
        finally:
            if number % 2:
                sock = writer.get_extra_info("socket")
                sock.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER
            writer.transport.abort()

    async def _websocket(self) -> bool:
        reader, writer = await self._open(tls=False)
        try:
            more = (
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            )
            writer.write(self._head("/echo", tls=False, more=more))
            head = await reader.readuntil(b"\r\n\r\n")
            for kind in (0x81, 0x81, 0x88):
                writer.write(bytes([kind, 0x82, 0, 0, 0, 0]) + b"\x03\xe8")
                await reader.readexactly(4)
            return b" 101 " in head
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read an answer whole; return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, told, rest = head.partition(b"\r\ncontent-length: ")
    if told:
        await reader.readexactly(int(rest.partition(b"\r\n")[0]))
    elif b"\r\ntransfer-encoding: chunked\r\n" in head:
        while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readuntil(b"\r\n")
    return int(head[9:12])


async def pace(client: Client, kind: str, rate: float, is_over: asyncio.Event) -> None:
    """Begin ``rate`` calls a second until it is over, then wait for those that are under way."""
    tasks: set[asyncio.Task[None]] = set()
    begin, number = time.monotonic(), 0
    while not is_over.is_set():
        while number < (time.monotonic() - begin) * rate and len(tasks) < AT_ONCE:
            task = asyncio.ensure_future(client.one(kind, number))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            number += 1
        await asyncio.sleep(max(0.002, min(0.05, 1 / rate)))
    await asyncio.gather(*tasks)


async def _main() -> None:
    config = json.loads(sys.stdin.readline())
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # being cut off is what it is for
    client = Client(config)
    is_over = asyncio.Event()
    loop.run_in_executor(None, sys.stdin.read).add_done_callback(lambda _: is_over.set())
    lanes = [asyncio.ensure_future(pace(client, kind, config["rate"] * MIX[kind], is_over)) for kind in MIX]
    while not is_over.is_set():
        print(json.dumps({"done": client.done, "struck": client.struck}), flush=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(is_over.wait(), 1.0)
    await asyncio.gather(*lanes)
    client.close()
    print(json.dumps({"done": client.done, "struck": client.struck, "over": True}), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
