"""One HTTP/2 connection with many calls on it; it is opened again when it has ended."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.exceptions

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Http2:
    """``open_wire`` makes a TLS connection on which the given protocol was agreed."""

    def __init__(self, open_wire: Callable[[str], Awaitable[Wire]]) -> None:
        self._open_wire = open_wire
        self._conn: Any = None
        self._writer: asyncio.StreamWriter | None = None
        self._opening = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Future[int]] = {}
        self._statuses: dict[int, int] = {}

    async def ask(self, host: str, path: str) -> bool:
        """Make a call; leaving it early resets its stream."""
        async with self._opening:
            if self._writer is None:
                reader, self._writer = await self._open_wire("h2")
                config = h2.config.H2Configuration(header_encoding="utf-8")
                self._conn = h2.connection.H2Connection(config)
                self._conn.initiate_connection()
                self._reading = asyncio.ensure_future(self._read(reader, self._conn, self._writer))
        conn, writer = self._conn, self._writer
        stream = conn.get_next_available_stream_id()
        fields = [(":method", "GET"), (":scheme", "https"), (":authority", host), (":path", path)]
        try:
            conn.send_headers(stream, fields, end_stream=True)
        except h2.exceptions.ProtocolError as problem:  # it has been closed, or has as many as it may have
            raise ConnectionError(str(problem)) from problem
        writer.write(conn.data_to_send())
        answer = self._answers[stream] = asyncio.get_running_loop().create_future()
        try:
            return await answer == 200
        except asyncio.CancelledError:
            with contextlib.suppress(h2.exceptions.ProtocolError):
                conn.reset_stream(stream, 8)
                writer.write(conn.data_to_send())
            raise
        finally:
            self._answers.pop(stream, None)
            self._statuses.pop(stream, None)

    async def _read(self, reader: asyncio.StreamReader, conn: Any, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                for event in conn.receive_data(data):
                    self._hear(conn, event)
                writer.write(conn.data_to_send())
        except (OSError, h2.exceptions.ProtocolError):
            pass
        finally:
            self._writer = None
            writer.transport.abort()
            for each in self._answers.values():
                if not each.done():
                    each.set_exception(ConnectionError("the connection has ended"))

    def _hear(self, conn: Any, event: h2.events.Event) -> None:
        match event:
            case h2.events.ResponseReceived(stream_id=int(stream), headers=list(fields)):
                self._statuses[stream] = int(dict(fields)[":status"])
            case h2.events.DataReceived(stream_id=int(stream), flow_controlled_length=int(length)):
                conn.acknowledge_received_data(length, stream)
            case h2.events.StreamEnded(stream_id=int(stream)) | h2.events.StreamReset(stream_id=int(stream)):
                answer = self._answers.get(stream)
                if answer is not None and not answer.done():
                    is_whole = isinstance(event, h2.events.StreamEnded)
                    answer.set_result(self._statuses.get(stream, 0) if is_whole else 0)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
