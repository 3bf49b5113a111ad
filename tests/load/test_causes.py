"""One event, one cause, whatever the client library calls it."""

import http.client
import socket
import ssl

import gevent
import pytest
import requests
import urllib3
from geventhttpclient._parser import HTTPParseError
from geventhttpclient.response import HTTPConnectionClosed
from geventhttpclient.useragent import RetriesExceeded
from locust.contrib.fasthttp import LocustBadStatusCode
from locust.exception import CatchResponseError

from chaoskit.core.samples import CAUSES
from chaoskit.load.causes import cause_of
from chaoskit.load.elsewhere import ElsewhereRequestError


def after(error: BaseException, context: BaseException) -> BaseException:
    error.__context__ = context
    return error


def inside(error: Exception) -> Exception:
    """Wrap an error as ``requests`` does."""
    return requests.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted.", error))


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ConnectionRefusedError(111, "refused"), "refused"),
        (after(requests.ConnectionError("x"), ConnectionRefusedError(111, "refused")), "refused"),
        (ConnectionResetError(104, "reset"), "reset"),
        (BrokenPipeError(32, "pipe"), "reset"),
        (inside(ConnectionResetError(104, "reset")), "reset"),
        (after(HTTPConnectionClosed("connection closed."), ConnectionResetError(104, "reset")), "reset"),
        (HTTPConnectionClosed("connection closed."), "closed"),
        (inside(http.client.RemoteDisconnected("Remote end closed connection without response")), "closed"),
        (inside(http.client.IncompleteRead(b"")), "closed"),
        (HTTPParseError("Incomplete response."), "closed"),
        (HTTPParseError("Expected HTTP/"), "bad answer"),
        (http.client.BadStatusLine("x"), "bad answer"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), "bad answer"),
        (CatchResponseError("no item"), "bad answer"),
        (LocustBadStatusCode("/", code=503), "bad status"),
        (requests.HTTPError("503"), "bad status"),
        (gevent.Timeout(1), "deadline"),
        (RetriesExceeded("/", 0, original=gevent.Timeout(1)), "deadline"),
        (requests.ReadTimeout("slow"), "deadline"),
        (TimeoutError("timed out"), "deadline"),
        (requests.ConnectTimeout("slow"), "connect timeout"),
        (ssl.SSLError("handshake"), "tls"),
        (inside(ssl.SSLError("handshake")), "tls"),
        (socket.gaierror(-2, "unknown"), "dns"),
        (ElsewhereRequestError("not sent"), "not sent"),
        (ZeroDivisionError(), "other"),
    ],
)
def test_the_cause_is_found_anywhere_in_the_chain(error: BaseException, cause: str) -> None:
    assert cause_of(error) == cause
    assert cause in CAUSES


def test_a_timeout_while_connecting_is_told_from_one_while_waiting() -> None:
    def create_connection() -> None:  # the name that urllib3 gives to it
        raise TimeoutError

    with pytest.raises(TimeoutError) as caught:
        create_connection()
    assert cause_of(caught.value) == "connect timeout"


def test_errors_that_contain_each_other_are_looked_at_once() -> None:
    first, second = ZeroDivisionError(), ZeroDivisionError()
    first.__context__, second.__context__ = second, first
    assert cause_of(first) == "other"
