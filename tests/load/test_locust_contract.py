"""What the load relies on inside Locust and its client: a new version that breaks this breaks the load."""

import fcntl
import inspect
import socket
from typing import Any

import gevent
import pytest
from geventhttpclient import client as http_client
from geventhttpclient.client import HTTPClient, HTTPClientPool
from geventhttpclient.connectionpool import ConnectionPool, SSLConnectionPool
from geventhttpclient.response import HTTPSocketPoolResponse
from geventhttpclient.useragent import UserAgent
from locust import TaskSet, User
from locust.clients import HttpSession
from locust.clients import ResponseContextManager as HttpAnswer
from locust.contrib.fasthttp import FAILURE_EXCEPTIONS, FastHttpSession, LocustUserAgent
from locust.event import EventHook, Events
from locust.runners import LocalRunner, Runner
from locust.user.task import DefaultTaskSet
from urllib3.util import connection

from chaoskit.load.client_patches import _is_alive


def names(function: Any) -> tuple[str, ...]:
    return function.__code__.co_names


def test_a_timeout_of_ours_is_a_failure_that_the_fast_client_records() -> None:
    assert gevent.Timeout in FAILURE_EXCEPTIONS


@pytest.mark.parametrize("kind", [FastHttpSession, HttpSession])
def test_both_clients_take_name_headers_and_context_and_build_on_one_request_method(kind: type) -> None:
    parameters = list(inspect.signature(kind.request).parameters)
    assert parameters[:4] == ["self", "method", "url", "name"]
    assert {"context", "catch_response", "kwargs"} <= set(parameters)
    for verb in ("get", "post", "put", "patch", "delete", "head", "options"):
        assert "request" in names(getattr(kind, verb)), verb
    assert {"user", "request_name"} <= set(names(kind.__init__))


def test_http_user_hands_unknown_arguments_on_to_the_sending_method() -> None:
    caught: dict[str, Any] = {}

    class Session(HttpSession):
        def _send_request_safe_mode(self, method: str, url: str, **kwargs: Any) -> Any:
            caught.update(kwargs, url=url)
            return HttpAnswer(__import__("requests").Timeout("x", request=None))

    hook = EventHook()
    told: list[dict[str, Any]] = []
    hook.add_listener(lambda **kwargs: told.append(kwargs))
    Session("http://shop.test", hook, None).request("GET", "/a", name="n", context={"c": 1}, chaoskit_sent=7)
    assert caught["chaoskit_sent"] == 7
    assert caught["url"] == "http://shop.test/a"
    assert (told[0]["name"], told[0]["context"], told[0]["response_length"]) == ("n", {"c": 1}, 0)
    assert told[0]["response"].status_code == 0
    assert told[0]["exception"] is not None


def test_each_hop_of_the_clients_goes_through_the_method_that_is_fenced() -> None:
    assert "_urlopen" in names(UserAgent.urlopen)
    assert "_urlopen" in vars(LocustUserAgent)
    assert "send" not in vars(HttpSession)
    assert "send" in names(HttpSession.request.__globals__["requests"].Session.resolve_redirects)


def test_the_repairs_of_the_client_are_still_needed_and_still_reached() -> None:
    assert "_may_retry_after_send_error" in names(HTTPClient.request)
    assert callable(http_client._may_retry_after_send_error)
    assert "_is_socket_alive" in names(ConnectionPool.get_socket)
    assert "select" in names(ConnectionPool._is_socket_alive)
    assert "_conversation_str" in names(UserAgent.urlopen)
    assert list(inspect.signature(UserAgent._conversation_str).parameters)[:2] == ["url", "resp"]


def test_the_client_can_be_closed_and_its_connections_are_opened_where_we_look() -> None:
    for kind in (HTTPClient, HTTPClientPool, ConnectionPool):
        assert callable(kind.close)
    assert "_connect_socket" in names(ConnectionPool._create_socket)
    assert "wrap_socket" in names(SSLConnectionPool._connect_socket)
    assert connection.create_connection.__name__ == "create_connection"
    for name in ("read", "release", "get_code"):
        assert callable(getattr(HTTPSocketPoolResponse, name))


def test_tasks_run_through_execute_task_and_wait() -> None:
    assert "execute_task" in names(TaskSet.execute_next_task)
    assert {"execute_next_task", "wait", "on_stop"} <= set(names(TaskSet.run))
    assert "execute_task" in vars(DefaultTaskSet)  # it overrides, so both are replaced
    assert "wait" not in vars(DefaultTaskSet)
    assert "environment" in inspect.signature(User.__init__).parameters


def test_events_call_listeners_in_the_order_of_a_list() -> None:
    hook = EventHook()
    assert hook._handlers == []
    for name in ("request", "user_error", "spawning_complete", "init", "test_start"):
        assert isinstance(getattr(Events(), name), EventHook)


def test_a_local_runner_starts_users_in_a_greenlet_and_counts_them() -> None:
    assert list(inspect.signature(LocalRunner.start).parameters)[:3] == ["self", "user_count", "spawn_rate"]
    assert "spawning_greenlet" in names(LocalRunner.start)
    assert isinstance(Runner.user_count, property)
    assert "spawning_complete" in names(LocalRunner._start)


def test_an_idle_connection_is_alive_until_it_is_closed_or_has_something_to_read() -> None:
    pool = ConnectionPool("127.0.0.1", 1, "127.0.0.1", 1)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert _is_alive(pool, ours)
        high = fcntl.fcntl(ours.fileno(), fcntl.F_DUPFD, 900)
        with socket.socket(fileno=high) as copy:
            assert _is_alive(pool, copy)
        theirs.send(b"x")
        assert not _is_alive(pool, ours)
        ours.recv(1)
        assert _is_alive(pool, ours)
        theirs.close()
        assert not _is_alive(pool, ours)
    assert not _is_alive(pool, ours)
    assert not _is_alive(pool, None)
