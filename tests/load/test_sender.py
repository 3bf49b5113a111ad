"""One request of a YAML workload, over real sockets: what goes out, and what comes of an answer."""

import socket
import ssl
from typing import Any

import gevent
import pytest

from chaoskit.core.experiment import Endpoint, Expect
from chaoskit.load.client_patches import install
from chaoskit.load.sender import LARGEST, NoAnswerError, Sender, unverified

pytestmark = pytest.mark.socket


@pytest.fixture(scope="module")
def tls() -> ssl.SSLContext:
    return unverified()


@pytest.fixture(scope="module", autouse=True)
def _repaired() -> None:
    install()


def get(path: str, **more: Any) -> Endpoint:
    return Endpoint(name="x", method="GET", path=path, **more)


def test_a_body_beyond_the_bound_is_a_bad_answer(target: Any, tls: ssl.SSLContext) -> None:
    with pytest.raises(NoAnswerError) as caught:
        Sender(target.url, 30.0, "reuse", tls).send(get("/huge"), "t", 30.0)
    assert caught.value.cause == "bad answer"
    assert LARGEST < caught.value.size < LARGEST + 1024 * 1024


def test_a_closed_port_refuses(tls: ssl.SSLContext) -> None:
    with pytest.raises(NoAnswerError) as caught:
        Sender("http://127.0.0.1:1", 5.0, "reuse", tls).send(get("/"), "t", 5.0)
    assert (caught.value.cause, caught.value.by_deadline) == ("refused", False)


def test_a_request_carries_its_headers_and_a_trace_id_unless_it_has_one(
    target: Any, tls: ssl.SSLContext
) -> None:
    target.seen.clear()
    sender = Sender(target.url + "/base/", 5.0, "reuse", tls)
    sender.send(get("/ok/a b?q=ü#part", headers=(("X-One", "1"),)), "00-ours", 5.0)
    sender.send(get("/ok", headers=(("TraceParent", "00-theirs"),)), "00-ours", 5.0)
    first, second = target.seen
    assert first.path == "/base/ok/a%20b?q=%C3%BC"
    assert first.headers["x-one"] == "1"
    assert first.headers["traceparent"] == "00-ours"
    assert second.headers["traceparent"] == "00-theirs"
    assert first.headers["host"] == target.url.removeprefix("http://")
    assert first.connection == second.connection


def test_a_body_is_sent_and_the_answers_body_is_kept_only_when_it_is_looked_at(
    target: Any, tls: ssl.SSLContext
) -> None:
    target.seen.clear()
    sender = Sender(target.url, 5.0, "reuse", tls)
    looked_at = Endpoint(name="x", method="POST", path="/ok", body=b"{}", expect=Expect(body="o"))
    assert sender.send(looked_at, "t", 5.0).body == b"ok"
    answer = sender.send(get("/ok"), "t", 5.0)
    assert (answer.body, answer.size) == (b"", 2)
    assert target.seen[0].headers["content-length"] == "2"


def test_a_user_goes_on_with_a_new_connection_after_any_failure(target: Any, tls: ssl.SSLContext) -> None:
    sender = Sender(target.url, 5.0, "reuse", tls)
    for path in ("/hang", "/reset", "/close", "/cut", "/garbage", "/drip"):
        with pytest.raises(NoAnswerError):
            sender.send(get(path), "t", 0.2)
        assert sender.send(get("/ok"), "t", 5.0).status == 200


def test_requests_in_turn_share_a_connection_and_requests_at_once_do_not(
    target: Any, tls: ssl.SSLContext
) -> None:
    target.seen.clear()
    sender = Sender(target.url, 5.0, "reuse", tls)
    at_once = [gevent.spawn(sender.send, get("/slow"), "t", 5.0) for _ in range(3)]
    gevent.joinall(at_once, raise_error=True)
    for _ in range(3):
        sender.send(get("/ok"), "t", 5.0)
    assert len({each.connection for each in target.seen[:3]}) == 3
    assert len({each.connection for each in target.seen}) == 3


def test_a_send_that_nobody_reads_is_ended_by_the_deadline_and_costs_the_next_nothing(
    tls: ssl.SSLContext,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # accepts, and never reads
        sender = Sender(f"http://127.0.0.1:{deaf.getsockname()[1]}", 5.0, "reuse", tls)
        upload = Endpoint(name="x", method="POST", path="/", body=bytes(16 * 1024 * 1024))
        for _ in range(12):  # the client's own bound was ten
            with pytest.raises(NoAnswerError) as caught:
                sender.send(upload, "t", 0.05)
            assert (caught.value.cause, caught.value.by_deadline) == ("deadline", True)


def test_each_request_has_a_new_connection_where_that_is_asked(target: Any, tls: ssl.SSLContext) -> None:
    target.seen.clear()
    sender = Sender(target.url, 5.0, "new", tls)
    for _ in range(3):
        sender.send(get("/ok"), "t", 5.0)
    assert len({each.connection for each in target.seen}) == 3
