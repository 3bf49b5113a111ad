"""A plug-in of pytest: puts chaoskit's lean core under mitmproxy's handlers before its tests are imported."""

import types
from collections.abc import Awaitable
from typing import Any

from mitmproxy.proxy import mode_servers, server

from chaoskit.proxy import patches
from chaoskit.proxy.lean_core import LeanHandler


def on_hook(self: Any, hook: Any) -> Awaitable[None] | None:
    """Run mitmproxy's hook on the spot, as ours are, and hand on only what has to wait."""
    steps = self.handle_hook(hook)
    try:
        first = steps.send(None)
    except StopIteration:
        return None
    return _go_on(steps, first)


@types.coroutine
def _go_on(steps: Any, waited_for: Any) -> Any:
    while True:
        try:
            told = yield waited_for
        except BaseException as problem:  # noqa: BLE001 - it is the hook's to deal with
            step, argument = steps.throw, problem
        else:
            step, argument = steps.send, told
        try:
            waited_for = step(argument)
        except StopIteration:
            return


def pytest_configure(config: Any) -> None:
    """Exchange the base of both handlers that mitmproxy's tests use."""
    handlers: Any = (mode_servers.ProxyConnectionHandler, server.SimpleConnectionHandler)
    for each in handlers:
        each.__bases__ = (LeanHandler,)
        each.on_hook = on_hook
    if not patches.apply():
        raise RuntimeError("the patches were not applied: is this a version of mitmproxy that they know?")


def pytest_report_header() -> str:
    return "core: chaoskit's lean one"
