"""The gRPC stream ends without a status."""

from dataclasses import replace

import pytest

from chaoskit.core.actions import DropTrailers
from chaoskit.faults.grpc_no_trailers import GrpcNoTrailers


@pytest.fixture
def call(call):
    return replace(call, headers=(("content-type", "application/grpc"),))


def test_the_end_is_dropped(told, answer):
    assert told(GrpcNoTrailers(), answer()) == {"answer": DropTrailers()}


def test_an_answer_with_its_status_in_the_head_and_other_calls_are_no_hit(call, answer, dice):
    assert GrpcNoTrailers().on_answer(call, answer(None, ("grpc-status", "14")), dice) is None
    assert GrpcNoTrailers().on_answer(replace(call, headers=()), answer(), dice) is None
