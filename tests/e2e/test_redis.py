"""A real Redis behind a port that stands for it: a plain TCP provider, whose protocol nobody here knows."""

import shutil
import socket
import subprocess
import time

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

pytestmark = [
    pytest.mark.socket,
    pytest.mark.broad,
    pytest.mark.skipif(
        shutil.which("redis-server") is None,
        reason="redis-server is not on this machine (apt-get install redis-server)",
    ),
]
VALUE = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Start a Redis that keeps nothing; return its port."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["redis-server", *options, "--dir", folder], stdout=log, stderr=log)
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert time.monotonic() < end, (folder / "log").read_text()
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
    yield port
    process.terminate()
    process.wait(10)


@pytest.fixture
def start(kit, server):
    """Start a worker in front of Redis with one fault; return it, and a maker of clients without retries."""
    clients = []

    def begin(fault: str | None, when: str = "fault", *, arm: bool = True):
        text = (
            "version: 1\nname: t\ntarget: {url: http://127.0.0.1:1}\n"
            f"providers: {{cache: {{hosts: [cache.example], resolve: '127.0.0.1:{server}', "
            "reverse: '127.0.0.1:0', base: 'tcp://cache.example:6379'}}\n"
            "load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}\nphases: {fault: 600s}\n"
        )
        if fault is not None:
            text += f"inject: [{{id: i, provider: cache, fault: {fault}, during: {when}}}]\n"
        proxy = kit.start(kit.config(0, text=text)).ready()
        host, _, port = proxy.reverse["cache"].rpartition(":")
        if arm:
            proxy.arm()

        def client(timeout: float = 10) -> redis.Redis:
            made = redis.Redis(
                host, int(port), socket_timeout=timeout, protocol=3, retry=Retry(NoBackoff(), 0)
            )
            clients.append(made)
            return made

        return proxy, client

    yield begin
    for each in clients:
        each.close()


def test_redis_passes_unchanged(start):
    proxy, client = start(None)
    cache = client()
    assert cache.set("k", VALUE)
    assert cache.get("k") == VALUE
    with cache.pipeline() as pipe:
        for number in range(100):
            pipe.set(f"k{number}", number)
        assert pipe.execute() == [True] * 100
    cache.close()
    lines = proxy.lines()
    assert {(line["provider"], line["call"], line["host"]) for line in lines} == {
        ("cache", False, "cache.example")
    }


def test_a_subscriber_is_told_while_it_is_silent(start):
    _, client = start(None)
    told = client().pubsub()
    told.subscribe("news")
    assert told.get_message(timeout=10)["type"] == "subscribe"
    client().publish("news", b"late edition")
    assert told.get_message(timeout=10)["data"] == b"late edition"
    told.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("refuse", redis.ConnectionError),
        ("reset", redis.ConnectionError),
        ("{reset: {at: answer}}", redis.ConnectionError),
        ("{limit_data: {bytes: 100B, how: fin}}", redis.ConnectionError),
        ("{limit_data: {bytes: 100B, how: rst}}", redis.ConnectionError),
        ("{limit_data: {bytes: 100B, how: silence}}", redis.TimeoutError),
        ("{half_close: {bytes: 100B}}", redis.ConnectionError),
        ("{blackhole: {at: connect}}", redis.TimeoutError),
        ("{latency: {time: 1h, direction: down}}", redis.TimeoutError),
    ],
)
def test_the_client_sees_the_class_that_the_page_states(start, fault, error):
    proxy, client = start(fault)
    with pytest.raises(error) as caught:
        client(1.0).execute_command("ECHO", b"x" * 1000)
    assert isinstance(caught.value, redis.TimeoutError) == (error is redis.TimeoutError)
    proxy.settled(lambda told: told["hits"].get("i", 0) >= 1)


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        ("{latency: {time: 200ms}}", 0.4),
        ("{bandwidth: {rate: 20kB/s, direction: down}}", 0.5),
        ("{bandwidth: {rate: 20kB/s, direction: up}}", 0.5),
        ("{slicer: {size: 100B, gap: 5ms, direction: down}}", 0.5),
        ("{connect_delay: {time: 500ms}}", 0.5),
    ],
)
def test_the_answer_is_right_and_late(start, fault, least):
    proxy, client = start(fault)
    began = time.monotonic()
    assert client(30).execute_command("ECHO", VALUE) == VALUE
    assert time.monotonic() - began >= least
    proxy.settled(lambda told: told["hits"] == {"i": 1})


def test_a_pooled_connection_is_cut_and_the_pool_recovers(start):
    proxy, client = start("{limit_time: {time: 100ms, how: rst}}", "{from: fault + 1s, for: 2s}", arm=False)
    cache = client()
    assert cache.set("k", VALUE)
    proxy.arm(time.monotonic() - 1)
    proxy.settled(lambda told: told["hits"] == {"i": 1})
    end = time.monotonic() + 20
    while True:  # redis-py drops a dead connection and opens another
        try:
            assert cache.get("k") == VALUE
        except redis.ConnectionError:
            assert time.monotonic() < end
        else:
            break
