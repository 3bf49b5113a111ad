"""Why a request failed, in the words of ``core.samples.CAUSES``: the same for every client library.

The same event arrives under many names (a server that hangs up is ``RemoteDisconnected`` inside
``ProtocolError`` inside ``ConnectionError``), so the whole chain of an exception is looked at.
"""

import http.client
import socket
import ssl
import zlib
from collections.abc import Iterator
from types import TracebackType

import brotli
import gevent
import requests
import urllib3
from geventhttpclient._parser import HTTPParseError
from geventhttpclient.response import HTTPConnectionClosed
from locust.contrib.fasthttp import LocustBadStatusCode
from locust.exception import CatchResponseError, ResponseError

from chaoskit.load.elsewhere import ElsewhereError

_RULES: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((ElsewhereError,), "not sent"),
    ((CatchResponseError, ResponseError), "bad answer"),
    ((LocustBadStatusCode, requests.HTTPError), "bad status"),
    ((socket.gaierror,), "dns"),
    ((ssl.SSLError,), "tls"),
    ((ConnectionRefusedError,), "refused"),
    # it is a ConnectionResetError by inheritance only: the server closed in an orderly way
    ((http.client.RemoteDisconnected,), "closed"),
    ((ConnectionResetError, BrokenPipeError, ConnectionAbortedError), "reset"),
    ((requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError), "connect timeout"),
    ((gevent.Timeout, TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError), "deadline"),
    ((HTTPConnectionClosed, EOFError), "closed"),
    ((http.client.IncompleteRead, urllib3.exceptions.IncompleteRead), "closed"),
    (
        (
            HTTPParseError,
            http.client.HTTPException,
            urllib3.exceptions.DecodeError,
            requests.exceptions.ContentDecodingError,
            requests.TooManyRedirects,
            zlib.error,
            brotli.error,
            ValueError,
        ),
        "bad answer",
    ),
)

_ENDED_EARLY = {"Incomplete response.", "connection closed before end of the headers"}
"""What the fast client's parser says of an answer that ends in the middle."""


def cause_of(error: BaseException) -> str:
    """Return the first cause that anything in the exception's chain stands for, else ``other``.

    ``requests`` and ``urllib3`` put the deepest reason in arguments as often as in the chain.
    """
    chain = list(_chain(error))
    for kinds, cause in _RULES:
        if any(isinstance(each, kinds) for each in chain):
            if cause == "deadline" and any(was_connecting(each.__traceback__) for each in chain):
                return "connect timeout"
            if cause == "bad answer" and any(str(each) in _ENDED_EARLY for each in chain):
                return "closed"
            return cause
    return "other"


def was_connecting(traceback: TracebackType | None) -> bool:
    """Tell whether the error came out of opening a connection rather than using one."""
    while traceback is not None:
        if traceback.tb_frame.f_code.co_name in ("_connect_socket", "create_connection"):
            return True
        traceback = traceback.tb_next
    return False


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = (getattr(each, "reason", None), getattr(each, "original", None))
        links = (each.__cause__, each.__context__, *inner, *each.args)
        waiting.extend(link for link in links if isinstance(link, BaseException))
