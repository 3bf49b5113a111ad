"""A look at the target ends when its time is over, whatever the target does."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from threading import Thread

import pytest

from chaoskit.target.ready import MOST, request, wait_until_ready

pytestmark = pytest.mark.socket

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
Behave = Callable[[socket.socket], None]


def drip(conn: socket.socket, piece: bytes) -> None:
    while True:
        conn.sendall(piece)
        time.sleep(0.05)


def says_nothing(conn: socket.socket) -> None:
    time.sleep(30)


def drips_its_head(conn: socket.socket) -> None:
    drip(conn, b"H")


def never_ends_its_headers(conn: socket.socket) -> None:
    conn.sendall(HEAD)
    drip(conn, b"x: y\r\n")


def streams_events(conn: socket.socket) -> None:
    conn.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    drip(conn, b"9\r\ndata: 1\n\n\r\n")


def streams_until_it_closes(conn: socket.socket) -> None:
    conn.sendall(HEAD + b"\r\n")
    drip(conn, b"data: 1\n\n")


def drips_a_chunk_size(conn: socket.socket) -> None:
    conn.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    drip(conn, b"0")


def goes_on_and_on(conn: socket.socket) -> None:
    for _ in range(2000):
        conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


ENDLESS = (
    says_nothing, drips_its_head, never_ends_its_headers, streams_events, streams_until_it_closes,
    drips_a_chunk_size, goes_on_and_on,
)  # fmt: skip


@pytest.fixture
def serve() -> Iterator[Callable[[Behave], str]]:
    """Start a server that reads a request's head and then behaves; return its URL."""
    listeners: list[socket.socket] = []

    def start(behave: Behave) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def answer(conn: socket.socket) -> None:
            with conn, contextlib.suppress(OSError):
                conn.recv(65536)
                behave(conn)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

        Thread(target=accept, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for each in listeners:
        each.close()


@pytest.mark.timeout(15)
@pytest.mark.parametrize("behave", ENDLESS, ids=lambda behave: behave.__name__)
def test_a_request_ends_within_its_time_in_all(serve: Callable[[Behave], str], behave: Behave) -> None:
    url, began = serve(behave), time.monotonic()

    with pytest.raises(TimeoutError):
        request(url, "GET", "/", timeout=0.6)

    assert 0.5 <= time.monotonic() - began < 2.0


@pytest.mark.timeout(15)
def test_an_answer_that_does_not_end_is_not_ready_and_its_status_is_told(
    serve: Callable[[Behave], str],
) -> None:
    began = time.monotonic()
    problem = wait_until_ready(serve(streams_events), "/events", 0.8, lambda: True)

    assert problem == (
        "GET /events was not answered well within 0.8s: the answer 200 began and did not end; name a path "
        "under `target.ready` whose answer ends"
    )
    assert time.monotonic() - began < 2.5


def sends_much(conn: socket.socket) -> None:
    conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 400000000\r\n\r\n")
    conn.sendall(bytes(4 * MOST))
    time.sleep(30)


@pytest.mark.timeout(15)
def test_of_a_huge_answer_no_more_than_enough_is_read(serve: Callable[[Behave], str]) -> None:
    assert request(serve(sends_much), "GET", "/", timeout=10.0) == 200


def ends_early(conn: socket.socket) -> None:
    conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")


def answers(conn: socket.socket) -> None:
    conn.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def test_an_answer_that_is_cut_short_is_none(serve: Callable[[Behave], str]) -> None:
    import http.client

    with pytest.raises(http.client.IncompleteRead):
        request(serve(ends_early), "GET", "/", timeout=5.0)


def test_a_path_and_headers_that_are_not_ascii_are_sent(serve: Callable[[Behave], str]) -> None:
    heard: list[bytes] = []

    def listen(conn: socket.socket) -> None:
        conn.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        conn, _ = listener.accept()
        with conn:
            heard.append(conn.recv(65536))
            listen(conn)

    Thread(target=accept, daemon=True).start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    status = request(url, "GET", "/größe?a=%20b", timeout=5.0, headers=(("x-name", "Zoë ☂"),))
    listener.close()

    assert status == 204
    assert heard[0].startswith(b"GET /gr%C3%B6%C3%9Fe?a=%20b HTTP/1.1\r\n")
    assert "x-name: Zoë ☂\r\n".encode() in heard[0]


def test_a_good_answer_is_ready(serve: Callable[[Behave], str]) -> None:
    assert wait_until_ready(serve(answers), "/healthz", 5.0, lambda: True) is None


def test_a_target_that_is_gone_is_not_asked(serve: Callable[[Behave], str]) -> None:
    problem = wait_until_ready(serve(says_nothing), "/", 5.0, lambda: False)

    assert problem == "it ended before GET / was answered"
