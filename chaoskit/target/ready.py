"""Tell when the target is ready, and whether its port is free before it starts."""

import http.client
import socket
import time
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from chaoskit.target.deadline import address, connect

PAUSE = 0.1
MOST = 1 << 20
"""Bytes of an answer after which it counts as read: a page of 400 MB is no reason to wait for it."""

_AS_IT_IS = "!#$%&'()*+,/:;=?@[]~"  # as ``requests`` has it, which the load uses; the rest is quoted


class UnendedError(TimeoutError):
    """An answer began, and its time was over before it ended."""


def is_taken(url: str) -> bool:
    """Tell whether something already accepts connections at the address of ``url``."""
    try:
        with socket.create_connection(address(url), timeout=1.0):
            return True
    except OSError:
        return False


def wait_until_ready(url: str, path: str, within: float, still_alive: Callable[[], bool]) -> str | None:
    """Ask ``path`` until it answers below 400; return None then, else a sentence about the last try.

    Gives up after ``within`` seconds in all, or when ``still_alive`` says False. An answer that does not end
    (a stream of events) is none: nobody can tell what was still to come.
    """
    until = time.monotonic() + within
    last = "it was not asked"
    while still_alive():
        left = until - time.monotonic()
        if left <= 0:
            return f"GET {path} was not answered well within {within:g}s: {last}"
        try:
            status = request(url, "GET", path, timeout=min(left, 2.0))
        except UnendedError as error:
            last = f"{error}; name a path under `target.ready` whose answer ends"
        except OSError as error:
            last = f"{type(error).__name__}: {error}"
        except http.client.HTTPException as error:
            last = f"the answer was not HTTP ({type(error).__name__})"
        else:
            if status < 400:
                return None
            last = f"the last answer was {status}"
        time.sleep(min(PAUSE, max(0.0, left)))
    return f"it ended before GET {path} was answered"


def request(
    url: str,
    method: str,
    path: str,
    *,
    timeout: float,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes | None = None,
) -> int:
    """Send one request to the target and read its answer, but no more than ``MOST`` of it; return the status.

    ``timeout``: seconds for all of it, from the connection to the answer's last byte. Raises OSError (of
    which TimeoutError is one) or http.client.HTTPException when there is no whole answer by then.
    """
    connection, end = connect(url, timeout)
    try:
        prefix = urlsplit(url).path.rstrip("/")
        named = {name: value.encode() for name, value in headers}
        connection.request(method, quote(prefix + path, safe=_AS_IT_IS), body=body, headers=named)
        answer = connection.getresponse()
        try:
            got = answer.read(MOST)
        except TimeoutError as error:
            raise UnendedError(f"the answer {answer.status} began and did not end") from error
        if len(got) < MOST and answer.length:  # ``read`` with a size does not say so itself
            raise http.client.IncompleteRead(got, answer.length)
        return answer.status
    finally:
        connection.close()
        end()
