"""Tell when the target is ready, and whether its port is free before it starts."""

import http.client
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

PAUSE = 0.1


def is_taken(url: str) -> bool:
    """Tell whether something already accepts connections at the address of ``url``."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", _port(url)), timeout=1.0):
            return True
    except OSError:
        return False


def wait_until_ready(url: str, path: str, within: float, still_alive: Callable[[], bool]) -> str | None:
    """Ask ``path`` until it answers below 400; return None then, else a sentence about the last try.

    Gives up after ``within`` seconds, or when ``still_alive`` says False.
    """
    until = time.monotonic() + within
    last = "it was not asked"
    while still_alive():
        left = until - time.monotonic()
        if left <= 0:
            return f"GET {path} was not answered well within {within:g}s: {last}"
        try:
            status = request(url, "GET", path, timeout=min(left, 2.0))
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
    """Send one request to the target and read its whole answer; return the status.

    Raises OSError or http.client.HTTPException when there is none.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", _port(url), timeout=timeout)
    try:
        connection.request(method, parts.path.rstrip("/") + path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)
