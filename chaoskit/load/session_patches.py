"""What is put around the clients of a user's own locustfile: deadline, fence, trace id and record.

The names that are replaced are watched by tests/load/test_locust_contract.py.
"""

import inspect
import time
from collections.abc import Callable, Mapping
from typing import Any

import gevent
import requests
from locust.clients import HttpSession, ResponseContextManager
from locust.contrib.fasthttp import FastHttpSession, LocustUserAgent
from locust.exception import LocustError

from chaoskit.load.elsewhere import ElsewhereFastError, ElsewhereRequestError, Fence
from chaoskit.load.visits import KEY, Sent, Visits


def install(visits: Visits, fence: Fence, *, is_new: bool) -> None:
    """Patch both clients in this process; with ``is_new``, each request has a connection of its own."""
    _patch_request(FastHttpSession, visits, _within_deadline, is_new=is_new)
    _patch_request(HttpSession, visits, _hand_on, is_new=is_new)
    _bound_http(HttpSession)
    _fence_in(fence)


Call = Callable[..., Any]
Around = Callable[[Call, Sent, Mapping[str, Any]], Any]


def _patch_request(kind: Any, visits: Visits, around: Around, *, is_new: bool) -> None:
    original = kind.request
    positional = [name for name in inspect.signature(original).parameters if name != "self"][2:]

    def request(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        kwargs |= dict(zip(positional, args, strict=False))
        name = kwargs.get("name") or self.request_name or str(url)
        sent = visits.send(self.user, name)
        kwargs["headers"] = _traced(self, kwargs.get("headers"), sent)
        kwargs["context"] = {**(kwargs.get("context") or {}), KEY: sent}
        try:
            answer = around(lambda **more: original(self, method, url, **more), sent, kwargs)
        except Exception as error:
            # Locust records nothing of these: an unknown content-encoding, a 503 whose body is not UTF-8.
            visits.judged(sent, name, 0, 0, error)
            raise
        finally:
            visits.answered(sent)
            # A timeout in a send leaks the client's connection slot; ten of those block the user.
            is_late = time.monotonic() - sent.entry.begun >= sent.left
            if is_late or (is_new and not kwargs.get("stream")):
                _let_go(self)
        if kwargs.get("catch_response") and self.user is not None:
            visits.of(self.user).unjudged.append(sent)
        return answer

    kind.request = request


def _within_deadline(call: Call, sent: Sent, kwargs: Mapping[str, Any]) -> Any:
    timer = gevent.Timeout(max(0.001, sent.left))
    try:
        with timer:
            return call(**kwargs)
    except gevent.Timeout as fired:
        if fired is not timer:
            raise
        # Locust turns it into an answer nearly everywhere. Uncaught, it would end the user for good.
        raise LocustError("the deadline passed") from fired


def _hand_on(call: Call, sent: Sent, kwargs: Mapping[str, Any]) -> Any:
    return call(**kwargs, chaoskit_sent=sent)  # arrives in _send_request_safe_mode


def _bound_http(kind: Any) -> None:
    # The only place where every redirect and the body are in one call.
    original = kind._send_request_safe_mode  # noqa: SLF001

    def send(self: Any, method: str, url: str, chaoskit_sent: Sent, **kwargs: Any) -> Any:
        # Not an OSError: urllib3 takes those for a broken address and goes on with the next one.
        timer = gevent.Timeout(max(0.001, chaoskit_sent.left))
        try:
            with timer:
                return original(self, method, url, **kwargs)
        except gevent.Timeout as fired:
            if fired is not timer:
                raise
            prepared = requests.Request(method, url, params=kwargs.get("params")).prepare()
            error = requests.Timeout("the deadline passed", request=prepared).with_traceback(
                fired.__traceback__
            )
            return ResponseContextManager(error)

    kind._send_request_safe_mode = send  # noqa: SLF001


def _fence_in(fence: Fence) -> None:
    def send(self: Any, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        problem = fence.problem(str(request.url))
        if problem is not None:
            raise ElsewhereRequestError(problem, request=request)
        return requests.Session.send(self, request, **kwargs)

    original = LocustUserAgent._urlopen  # noqa: SLF001 - called for each hop

    def urlopen(self: Any, request: Any) -> Any:
        problem = fence.problem(request.url)
        if problem is not None:
            raise ElsewhereFastError(request.url, problem)
        return original(self, request)

    setattr(HttpSession, "send", send)  # noqa: B010 - pyright refuses the assignment
    LocustUserAgent._urlopen = urlopen  # noqa: SLF001


def _traced(session: Any, headers: Mapping[str, Any] | None, sent: Sent) -> dict[str, Any]:
    own = dict(headers or {})
    always = session.client.default_headers if isinstance(session, FastHttpSession) else session.headers
    if any(str(name).lower() == "traceparent" for name in (*own, *always)):
        sent.entry.trace = 0
    else:
        own["traceparent"] = sent.trace
    return own


def _let_go(session: Any) -> None:
    """Close the connections of a client that one user has for itself."""
    user = session.user
    if isinstance(session, FastHttpSession) and not getattr(user, "client_pool", None):
        session.client.clientpool.close()
    elif isinstance(session, HttpSession) and getattr(user, "pool_manager", None) is None:
        session.close()
