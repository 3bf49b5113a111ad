"""Each message once to the provider and once through the proxy, and what each side got."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import h2.config
import h2.connection
import h2.events

from corpus import Fields, Message

type Seen = tuple[Any, ...]


async def connect(port: int, trust: ssl.SSLContext, *, is_proxied: bool) -> Any:
    """Return a reader and a writer, behind CONNECT where there is the proxy."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    if is_proxied:
        writer.write(b"CONNECT api.pay.example:443 HTTP/1.1\r\nHost: api.pay.example:443\r\n\r\n")
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
    await writer.start_tls(trust, server_hostname="api.pay.example")
    return reader, writer


async def read(reader: asyncio.StreamReader, *, is_bodiless: Callable[[bytes], bool]) -> Seen:
    """Return the interim answers, the head, the body and the trailers of a message.

    Heads and trailers as the bytes that came; the body without the framing of its chunks.
    """
    interim = []
    while (head := await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 1"):
        interim.append(head)
    low = head.lower()
    if is_bodiless(head):
        return (*interim, head, b"", b"")
    if b"\r\ntransfer-encoding: chunked\r\n" in low:
        body = trailers = b""
        while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
            body += await reader.readexactly(size)
            assert await reader.readexactly(2) == b"\r\n"
        while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
            trailers += line
        return (*interim, head, body, trailers)
    _, told, rest = low.partition(b"\r\ncontent-length: ")
    if told:
        return (*interim, head, await reader.readexactly(int(rest.partition(b"\r\n")[0])), b"")
    return (*interim, head, await reader.read() if head.startswith(b"HTTP/") else b"", b"")


def never(_head: bytes) -> bool:
    return False


class Scripted:
    """A provider that answers the n-th message of a session as the session says, and keeps what it got."""

    def __init__(self) -> None:
        self.session: list[tuple[Message, Message]] = []
        self.seen: list[Seen] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _, answer in self.session:
            self.seen.append(await read(reader, is_bodiless=never))
            writer.write(answer.wire)
            await writer.drain()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[Seen]:
        """Be the client of the session; return what it got."""
        found = []
        for request, _ in self.session:
            writer.write(request.wire)

            def is_bodiless(head: bytes, method: bytes = request.start) -> bool:
                return method.startswith(b"HEAD") or head[9:12] in (b"204", b"304")

            async with asyncio.timeout(10):
                found.append(await read(reader, is_bodiless=is_bodiless))
        writer.close()
        return found


class Upgraded:
    """A provider that agrees to an upgrade, sends bytes of its own, and keeps those that it got."""

    def __init__(self) -> None:
        self.up = self.down = self.seen = b""
        self.whole: asyncio.Event | None = None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        writer.write(self.down)
        self.seen = await reader.readexactly(len(self.up))
        assert self.whole is not None
        self.whole.set()
        await reader.read()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: api.pay.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n\r\n")
            self.whole = asyncio.Event()
            writer.write(self.up)
            got = head + await reader.readexactly(len(self.down))
            await self.whole.wait()
        writer.close()
        return got


type Parts = tuple[Fields, bytes, Fields]


class Streams:
    """One side of an HTTP/2 connection on which one stream follows another."""

    def __init__(self, reader: Any, writer: Any, *, is_client: bool) -> None:
        config = h2.config.H2Configuration(client_side=is_client, header_encoding=None)
        config.validate_inbound_headers = config.normalize_outbound_headers = False
        self.h2 = h2.connection.H2Connection(config)
        self.reader, self.writer = reader, writer
        self.h2.initiate_connection()
        self.flush()

    def flush(self) -> None:
        self.writer.write(self.h2.data_to_send())

    def send(self, stream: int, parts: Parts) -> None:
        """Send a whole message; its data is to fit into the window."""
        head, data, trailers = parts
        self.h2.send_headers(stream, head, end_stream=not data and not trailers)
        for start in range(0, len(data), 5000):
            self.h2.send_data(stream, data[start : start + 5000])
        if trailers:
            self.h2.send_headers(stream, trailers, end_stream=True)
        elif data:
            self.h2.end_stream(stream)
        self.flush()

    async def receive(self) -> tuple[int, Parts]:
        """Return the next whole message, and its stream."""
        head: Fields = []
        trailers: Fields = []
        data = b""
        while True:
            raw = await self.reader.read(65536)
            if not raw:
                raise EOFError
            for event in self.h2.receive_data(raw):
                match event:
                    case h2.events.RequestReceived() | h2.events.ResponseReceived():
                        head = [tuple(each) for each in event.headers]
                    case h2.events.TrailersReceived():
                        trailers = [tuple(each) for each in event.headers]
                    case h2.events.DataReceived():
                        data += event.data
                        self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    case h2.events.StreamEnded():
                        self.flush()
                        return event.stream_id, (head, data, trailers)
                    case h2.events.StreamReset() | h2.events.ConnectionTerminated():
                        raise ConnectionError(repr(event))
                    case _:
                        pass
            self.flush()


class Multiplexed:
    """A provider over HTTP/2 that answers the n-th request as it is told, and keeps what it got."""

    def __init__(self) -> None:
        self.session: list[tuple[Parts, Parts]] = []
        self.seen: list[Parts] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        side = Streams(reader, writer, is_client=False)
        for _, answer in self.session:
            stream, parts = await side.receive()
            self.seen.append(parts)
            side.send(stream, answer)
        await reader.read()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[Parts]:
        side = Streams(reader, writer, is_client=True)
        found = []
        for request, _ in self.session:
            side.send(side.h2.get_next_available_stream_id(), request)
            async with asyncio.timeout(10):
                found.append((await side.receive())[1])
        writer.close()
        return found
