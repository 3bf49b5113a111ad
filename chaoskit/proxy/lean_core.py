"""mitmproxy's connection handler with less in the way: no task and no lock where nothing waits."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable
from typing import Any

from mitmproxy.connection import Connection, ConnectionState
from mitmproxy.proxy import commands, events, server

_CHUNK = 65535
"""Bytes of one read, as mitmproxy has it."""


class LeanHandler(server.LiveConnectionHandler):
    """Does what its base does, in the same order.

    An event that comes while another is worked on (a task may begin, and end, inside of it) waits in a
    queue until that is done with, as it would wait for the base's lock. A hook that needs not wait is done
    on the spot, and its completion is queued, where the base makes a task for each.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._events: deque[events.Event] = deque()
        self._is_at_work = False

    def on_hook(self, hook: commands.StartHook) -> Awaitable[None] | None:
        """Handle a hook; return what is still to be awaited, if anything is."""
        raise NotImplementedError

    async def handle_hook(self, hook: commands.StartHook) -> None:
        waiting = self.on_hook(hook)
        if waiting is not None:
            await waiting

    async def server_event(self, event: events.Event) -> None:
        self._events.append(event)
        if self._is_at_work:
            return
        self._is_at_work = True
        try:
            while self._events:
                self._work_on(self._events.popleft())
        finally:
            self._is_at_work = False

    def _work_on(self, event: events.Event) -> None:
        self.timeout_watchdog.register_activity()
        try:
            for command in self.layer.handle_event(event):
                if type(command) is commands.SendData:
                    io = self.transports.get(command.connection)
                    if io is not None and io.writer is not None and not io.writer.is_closing():
                        io.writer.write(command.data)
                else:
                    self._carry_out(command)
        except Exception:  # noqa: BLE001 - a broken layer ends its connection's work, never the worker
            self.log("mitmproxy has crashed!", logging.ERROR, exc_info=True)

    def _carry_out(self, command: commands.Command) -> None:
        match command:
            case commands.StartHook():
                self._begin_hook(command)
            case commands.OpenConnection(connection=connection):
                # there before the task begins: it runs at once until it waits for something
                io = self.transports[connection] = server.ConnectionIO()
                io.handler = asyncio.get_running_loop().create_task(self.open_connection(command))
            case commands.RequestWakeup():
                self.wakeup_timer.add(asyncio.get_running_loop().create_task(self.wakeup(command)))
            case commands.ConnectionCommand(connection=connection) if connection not in self.transports:
                pass  # it is closed already
            case commands.CloseTcpConnection(connection=connection):
                self.close_connection(connection, command.half_close)
            case commands.CloseConnection(connection=connection):
                self.close_connection(connection)
            case commands.Log(message=message, level=level):
                self.log(message, level)
            case _:
                raise RuntimeError(f"Unexpected command: {command}")

    def _begin_hook(self, hook: commands.StartHook) -> None:
        waiting = self.on_hook(hook)
        if waiting is None:
            if hook.blocking:
                self._events.append(events.HookCompleted(hook))
            return
        task = asyncio.get_running_loop().create_task(self._finish_hook(hook, waiting))
        _TASKS.add(task)
        task.add_done_callback(_TASKS.discard)

    async def _finish_hook(self, hook: commands.StartHook, waiting: Awaitable[None]) -> None:
        await waiting
        if hook.blocking:
            await self.server_event(events.HookCompleted(hook))

    async def handle_connection(self, connection: Connection) -> None:
        io = self.transports[connection]
        # what came before may be worked on, and end the connection, before whoever began this task knows it
        io.handler = asyncio.current_task()
        reader: Any = io.reader
        cancelled: asyncio.CancelledError | None = None
        try:
            while data := await reader.read(_CHUNK):
                await self.server_event(events.DataReceived(connection, data))
                await self.drain_writers()
        except OSError:
            pass
        except asyncio.CancelledError as problem:
            cancelled = problem
        if cancelled is None and connection.transport_protocol == "tcp":
            connection.state &= ~ConnectionState.CAN_READ
        else:
            connection.state = ConnectionState.CLOSED
        await self.server_event(events.ConnectionClosed(connection))
        if connection.state is ConnectionState.CAN_WRITE:
            # its other direction may still be used: until someone closes that
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError as problem:
                cancelled = problem
        writer = self.transports.pop(connection).writer
        if writer is not None:
            with contextlib.suppress(OSError):
                writer.close()
        if cancelled is not None:
            raise cancelled

    async def drain_writers(self) -> None:
        """Wait while a side is behind; the usual case, in which nothing is left to send, is told at once."""
        for io in self.transports.values():
            writer: Any = io.writer
            # UDP, which only mitmproxy's own modes use, has another kind of writer
            if writer is not None and not (
                hasattr(writer, "transport") and writer.transport.get_write_buffer_size() == 0
            ):
                await super().drain_writers()
                return


_TASKS: set[asyncio.Task[None]] = set()
"""Hooks that wait: the event loop alone would not keep them."""
