"""A cheap provider, in a process of its own: HTTP/1.1 plain and over TLS, HTTP/2, streams and WebSockets.

``python bench/provider.py CERTIFICATE KEY`` says where it listens, and ends when its input does. Nothing is
kept: what is sent to it is counted and forgotten, and long answers are made while they are sent.

``/bytes/N``: N bytes. ``/events/N/MS``: N events, one every MS milliseconds. Anything else: how many bytes of
a body came; with an upgrade, a WebSocket that says what it is told.
"""

import asyncio
import contextlib
import json
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.exceptions

PIECE = bytes(64 * 1024)


async def answer(path: str, got: int) -> AsyncIterator[bytes]:
    """Make the body of an answer, a piece at a time."""
    match path.strip("/").split("/"):
        case ["bytes", count]:
            left = int(count)
            while left > 0:
                yield PIECE[:left]
                left -= len(PIECE)
        case ["events", count, gap]:
            for number in range(int(count)):
                yield b"data: %d\n\n" % number
                await asyncio.sleep(int(gap) / 1000)
        case _:
            yield b'{"got": %12d}' % got


def head(path: str) -> tuple[str, int | None]:
    """Return the content type and the length of what ``answer`` makes; None: it ends when it ends."""
    match path.strip("/").split("/"):
        case ["bytes", count]:
            return "application/octet-stream", int(count)
        case ["events", *_]:
            return "text/event-stream", None
    return "application/json", 21


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection until it ends."""
    tls = writer.get_extra_info("ssl_object")
    gone = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError)
    with contextlib.suppress(*gone, h2.exceptions.H2Error):
        if tls is not None and tls.selected_alpn_protocol() == "h2":
            await Http2(reader, writer).serve()
        else:
            while await _serve_one(reader, writer):
                pass
    writer.transport.abort()


async def _serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    _, path, _ = first.split(" ")
    fields = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}
    if "upgrade" in fields:
        await _echo(reader, writer)
        return False
    got = 0
    if "chunked" in fields.get("transfer-encoding", ""):
        while size := int(await reader.readline(), 16):
            got += await _swallow(reader, size)
            await reader.readline()
        await reader.readline()
    else:
        got = await _swallow(reader, int(fields.get("content-length", "0")))
    kind, length = head(path)
    framing = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    start = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{framing}\r\n\r\n".encode()
    async for piece in answer(path, got):
        framed = piece if length is not None else b"%x\r\n%s\r\n" % (len(piece), piece)
        writer.write(start + framed if start else framed)
        start = b""
        await writer.drain()
    if length is None:
        writer.write(b"0\r\n\r\n")
    return True


async def _swallow(reader: asyncio.StreamReader, count: int) -> int:
    left = count
    while left > 0:
        data = await reader.read(min(left, len(PIECE)))
        if not data:
            raise ConnectionError("a body that ended early")
        left -= len(data)
    return count


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send each short message back; the client's mask is taken off."""
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n")
    while True:
        kind, length = await reader.readexactly(2)
        mask = await reader.readexactly(4)
        body = await reader.readexactly(length & 0x7F)
        plain = bytes(each ^ mask[i % 4] for i, each in enumerate(body))
        writer.write(bytes([kind, len(plain)]) + plain)
        if kind & 0xF == 8:  # a close, which has been answered
            return


class Http2:
    """One connection of HTTP/2; its answers wait for windows and for the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._paths: dict[int, str] = {}
        self._got: dict[int, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_room = asyncio.Event()
        self._conn = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )

    async def serve(self) -> None:
        """Serve it until it ends."""
        self._conn.initiate_connection()
        try:
            while data := await self._reader.read(len(PIECE)):
                for event in self._conn.receive_data(data):
                    self._hear(event)
                self._writer.write(self._conn.data_to_send())
                await self._writer.drain()
        finally:
            for each in self._tasks:
                each.cancel()

    def _hear(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.RequestReceived(stream_id=int(stream), headers=list(fields)):
                self._paths[stream] = str(dict(fields)[":path"])
                self._got[stream] = 0
            case h2.events.DataReceived(stream_id=int(stream), flow_controlled_length=int(length)):
                self._got[stream] += length
                self._conn.acknowledge_received_data(length, stream)
            case h2.events.StreamEnded(stream_id=int(stream)):
                work = self._answer(stream, self._paths.pop(stream), self._got.pop(stream))
                task = asyncio.ensure_future(work)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case h2.events.StreamReset(stream_id=int(stream)):
                self._paths.pop(stream, None)
                self._got.pop(stream, None)
                self._has_room.set()
            case h2.events.WindowUpdated():
                self._has_room.set()

    async def _answer(self, stream: int, path: str, got: int) -> None:
        with contextlib.suppress(h2.exceptions.ProtocolError, OSError):
            kind, _ = head(path)
            self._conn.send_headers(stream, [(":status", "200"), ("content-type", kind)])
            async for piece in answer(path, got):
                rest = piece
                while rest:
                    room = min(
                        self._conn.local_flow_control_window(stream), self._conn.max_outbound_frame_size
                    )
                    if room <= 0:
                        self._has_room.clear()
                        await self._has_room.wait()
                        continue
                    self._conn.send_data(stream, rest[:room])
                    rest = rest[room:]
                    self._writer.write(self._conn.data_to_send())
                await self._writer.drain()
            self._conn.end_stream(stream)
            self._writer.write(self._conn.data_to_send())


async def listen(context: ssl.SSLContext) -> dict[str, int]:
    """Bind two ports of 127.0.0.1; return them."""
    ports = {}
    for name, tls in (("plain", None), ("tls", context)):
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, backlog=1024)
        ports[name] = server.sockets[0].getsockname()[1]
    return ports


async def _main(certificate: str, key: str, input_: Callable[[], Any]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2", "http/1.1"])
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # clients that hang up are its daily bread
    print(json.dumps(await listen(context)), flush=True)
    await asyncio.to_thread(input_)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], sys.stdin.read))
