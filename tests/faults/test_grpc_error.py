"""The gRPC service answers with a status."""

from dataclasses import replace

import pytest

from chaoskit.core.actions import Reply
from chaoskit.core.call import is_grpc
from chaoskit.faults.grpc_error import CODES, GrpcError


@pytest.fixture
def call(call):
    return replace(call, headers=(("Content-Type", "application/grpc+proto"),), is_http2=True)


@pytest.mark.parametrize(
    ("fault", "where", "headers"),
    [
        (GrpcError(), "call", (("grpc-status", "14"),)),
        (
            GrpcError(status="RESOURCE_EXHAUSTED", message="100% ü", phase="after"),
            "answer",
            (("grpc-status", "8"), ("grpc-message", "100%25 %C3%BC")),
        ),
    ],
)
def test_the_status_is_in_the_head_and_nothing_follows(fault, where, headers, told, answer):
    reply = Reply(status=200, headers=(("content-type", "application/grpc"), *headers))
    assert told(fault, answer(b"")) == {where: reply}


def test_the_numbers_are_those_of_grpc():
    grpc = pytest.importorskip("grpc")
    assert {name: n for n, name in enumerate(CODES, 1)} == {
        each.name: each.value[0] for each in grpc.StatusCode if each.value[0]
    }


@pytest.mark.parametrize(
    ("kind", "is_so"),
    [
        ("application/grpc", True),
        ("application/grpc; charset=utf-8", True),
        ("application/grpc-web", False),
        ("application/json", False),
        (None, False),
    ],
)
def test_only_grpc_is_hit(kind, is_so, call, answer, dice):
    plain = replace(call, headers=(("content-type", kind),) if kind else ())
    assert is_grpc(plain) is is_so
    assert bool(GrpcError().on_call(plain, dice)) is is_so
    assert bool(GrpcError(phase="after").on_answer(plain, answer(b""), dice)) is is_so
