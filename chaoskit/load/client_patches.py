"""Three repairs of the HTTP client under FastHttpUser; tests/load/test_locust_contract.py watches them."""

import select
from typing import Any

from gevent import monkey
from geventhttpclient import client as http_client
from geventhttpclient.connectionpool import ConnectionPool
from locust.contrib.fasthttp import LocustUserAgent


def install() -> None:
    """Repair the client in this process."""
    # It sends GET, PUT and other idempotent requests again, up to twelve times, when the server hangs up:
    # one arrival would be many requests, and a finding would be hidden.
    http_client._may_retry_after_send_error = lambda method: False  # noqa: ARG005, SLF001
    # It decodes the body of each error answer as UTF-8 for a log that Locust throws away; where the body is
    # something else, the answer and its sample are lost.
    setattr(LocustUserAgent, "_conversation_str", staticmethod(_no_conversation))  # noqa: B010 - for pyright
    ConnectionPool._is_socket_alive = _is_alive  # noqa: SLF001


def _no_conversation(_: str, resp: Any, **__: Any) -> str:
    """Read the body, which the original does too and what comes after relies on, and say nothing."""
    resp.content  # noqa: B018 - reading it keeps it
    return ""


def _is_alive(self: ConnectionPool, sock: Any) -> bool:  # noqa: ARG001 - it is a method
    """Tell whether an idle connection is still open.

    The client asks select(), which knows no descriptor above 1023: with a thousand users, all later
    connections would look dead and none would be reused.
    """
    descriptor = sock.fileno() if sock is not None else -1
    if descriptor < 0:
        return False
    poll = monkey.get_original("select", "poll")()
    poll.register(descriptor, select.POLLIN)
    return not poll.poll(0)  # an idle connection that can be read was closed, or has rubbish on it
