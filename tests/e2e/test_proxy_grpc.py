"""gRPC by grpcio through CONNECT: unchanged without a fault, and each fault as its own status."""

import time
from concurrent import futures

import grpc
import pytest

pytestmark = [pytest.mark.socket, pytest.mark.broad]


class Echo(grpc.GenericRpcHandler):
    """``One``: answers a call with its own bytes. ``Many``: three messages, ``gap`` seconds apart."""

    def __init__(self):
        self.calls = []
        self.gap = 0.0

    def service(self, details):
        if details.method.endswith("One"):
            return grpc.unary_unary_rpc_method_handler(self.one)
        if details.method.endswith("Many"):
            return grpc.unary_stream_rpc_method_handler(self.many)
        return None

    def one(self, request, context):
        self.calls.append("one")
        context.set_trailing_metadata((("x-trailer", "kept"),))
        return request

    def many(self, request, context):
        self.calls.append("many")
        for _ in range(3):
            yield request
            time.sleep(self.gap)


@pytest.fixture
def start(kit, monkeypatch):
    """Start a gRPC service, a worker before it, and a channel through that; return them and the calls."""
    for name in ("http_proxy", "https_proxy", "grpc_proxy", "no_proxy", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    echo = Echo()
    pool = futures.ThreadPoolExecutor(4)
    server = grpc.server(pool, handlers=(echo,))
    pem = kit.certificate.read_bytes()
    at = pem.index(b"-----BEGIN CERTIFICATE")
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(pem[:at], pem[at:])]))
    server.start()
    channels = []

    def begin(fault=None, *, is_armed=True):
        inject = f"[{{id: i, provider: pay, fault: {fault}, during: {{from: fault + 1s, for: 500s}}}}]"
        proxy = kit.start(
            kit.config(
                port, inject if fault else "[]", slos=", {id: a, provider: pay, amplification: '<= 9x'}"
            )
        ).ready()
        channel = grpc.secure_channel(
            f"{kit.host}:443",
            grpc.ssl_channel_credentials(kit.own_ca.read_bytes()),
            options=[("grpc.http_proxy", f"http://{proxy.address}"), ("grpc.enable_retries", 0)],
        )
        channels.append(channel)
        one, many = channel.unary_unary("/s/One"), channel.unary_stream("/s/Many")
        assert one(b"hello", timeout=10) == b"hello"
        if is_armed:
            proxy.arm(time.monotonic() - 1)
        echo.calls.clear()
        return proxy, one, many

    yield echo, begin
    for channel in channels:
        channel.close()
    server.stop(None).wait(5)
    pool.shutdown()


def fails(call, *arguments):
    """Return the status that a call ends with, and what came before it."""
    came = []
    try:
        answer = call(*arguments, timeout=10)
        came.extend([answer] if isinstance(answer, bytes) else answer)
    except grpc.RpcError as problem:
        return problem.code().name, problem.details(), came
    return "OK", None, came


def hits(proxy):
    return [line["hits"] for line in proxy.lines()][1:]


def test_without_a_fault_messages_trailers_and_streams_pass_unchanged_and_at_once(start):
    echo, begin = start
    proxy, one, many = begin()
    big = bytes(range(256)) * 8000
    answer, call = one.with_call(big, timeout=10)
    assert answer == big
    assert ("x-trailer", "kept") in [tuple(each) for each in call.trailing_metadata()]
    echo.gap = 0.4
    began = time.monotonic()
    stream = many(b"part", timeout=10)
    assert next(stream) == b"part"
    assert time.monotonic() - began < 0.9  # the whole takes 1.2 s
    assert list(stream) == [b"part"] * 2
    assert hits(proxy) == [[], []]


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("status", ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "CANCELLED", "UNAUTHENTICATED"])
def test_the_status_and_its_text_arrive(start, status, phase):
    echo, begin = start
    proxy, one, many = begin(
        f"{{grpc_error: {{status: {status}, message: 'sorry: 100% über', phase: {phase}}}}}"
    )
    assert fails(one, b"x") == (status, "sorry: 100% über", [])
    assert fails(many, b"x") == (status, "sorry: 100% über", [])
    assert echo.calls == ([] if phase == "before" else ["one", "many"])
    assert hits(proxy) == [[["i", "reply"]]] * 2


def test_a_stream_without_a_status_is_an_error_of_its_own(start):
    echo, begin = start
    proxy, one, many = begin("{grpc_no_trailers: {}}")
    echo.gap = 0.2  # grpcio may drop a message that comes together with such an end
    assert fails(many, b"x") == (
        "UNKNOWN",
        "Stream removed (Data frame with END_STREAM flag received)",
        [b"x"] * 3,
    )
    assert fails(one, b"x")[0] == "UNKNOWN"
    assert hits(proxy) == [[["i", "droptrailers"]]] * 2


@pytest.mark.parametrize(
    ("fault", "status", "done"),
    [
        ("{disconnect: {after: 8B}}", "INTERNAL", "cut"),
        ("{rst_stream: {after: 8B, code: CANCEL}}", "CANCELLED", "cut"),
        ("{rst_stream: {after: 8B, code: ENHANCE_YOUR_CALM}}", "RESOURCE_EXHAUSTED", "cut"),
        ("{rst_stream: {code: REFUSED_STREAM}}", "UNAVAILABLE", "close"),
        ("{goaway: {refuses: all}}", "UNAVAILABLE", "goaway"),
        ("{goaway: {refuses: this}}", "UNAVAILABLE", "goaway"),
        ("{error: {status: 503}}", "UNAVAILABLE", "reply"),
        ("{error: {status: 429}}", "UNAVAILABLE", "reply"),
    ],
)
def test_what_is_cut_or_refused_has_the_status_of_its_cause(start, fault, status, done):
    _echo, begin = start
    proxy, _, many = begin(fault)
    code, _, came = fails(many, b"abc")
    assert code == status
    # The first message went out, but grpcio may drop what it had not delivered when the end came.
    assert came in (([b"abc"], []) if done == "cut" else ([],))
    assert all(each == [["i", done]] for each in hits(proxy))


def test_a_drained_connection_answers_its_call_and_the_channel_opens_another(start):
    _echo, begin = start
    proxy, one, _ = begin("{goaway: {}}")
    assert [one(b"%d" % n, timeout=10) for n in range(3)] == [b"0", b"1", b"2"]
    assert hits(proxy) == [[["i", "goaway"]]] * 3
