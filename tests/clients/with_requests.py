"""requests: what it wrapped says more than its own exception, so both are named."""

import http.client
import time

import requests
import urllib3

from cells import TOKEN, Row, Seen
from told import by_openssl


def version() -> str:
    return f"{requests.__version__} (urllib3 {urllib3.__version__})"


def call(row: Row, timeout: float, environment: dict[str, str]) -> Seen:
    status, body, first, kind, error = None, b"", 0.0, None, ""
    began = time.monotonic()
    try:
        with requests.get(
            row.url("requests"),
            headers={"authorization": TOKEN},
            proxies={"https": environment["HTTPS_PROXY"]},
            verify=environment["SMALL_CA"],
            timeout=timeout,
            stream=True,
        ) as answer:
            status = answer.status_code
            for part in answer.iter_content(500):
                first = first or time.monotonic() - began
                body += part
    except requests.RequestException as problem:
        kind = kind_of(problem)
        error = f"{type(problem).__name__}: {type(innermost(problem)).__name__}"
    return Seen(
        status=status, body=body, kind=kind, error=error, first=first, seconds=time.monotonic() - began
    )


def kind_of(problem: requests.RequestException) -> str:
    inner = innermost(problem)
    if isinstance(problem, requests.Timeout) or "timed out" in str(problem):
        return "timeout"
    if isinstance(problem, requests.exceptions.SSLError):
        return by_openssl(str(problem)) or "refused"
    if isinstance(problem, requests.TooManyRedirects):
        return "redirects"
    if isinstance(inner, http.client.RemoteDisconnected | urllib3.exceptions.IncompleteRead):
        return "closed"  # the first one is a ConnectionResetError by class
    if isinstance(inner, http.client.BadStatusLine | http.client.LineTooLong):
        return "protocol error"
    if "ended prematurely" in str(problem):
        return "closed"
    if isinstance(inner, ConnectionResetError):
        return "reset"
    if isinstance(problem, requests.exceptions.ProxyError):
        return "refused"
    if isinstance(problem, requests.exceptions.ConnectionError):
        return "closed" if "Connection aborted" in str(problem) else "refused"
    return "protocol error"


def innermost(problem: BaseException) -> BaseException:
    """Return the exception that a client wrapped, which retry logic often asks for."""
    while True:
        inside = [getattr(problem, "reason", None), *reversed(problem.args)]
        deeper = next((each for each in inside if isinstance(each, BaseException)), None)
        if deeper is None:
            return problem
        problem = deeper
