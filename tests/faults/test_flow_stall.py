"""The provider stops taking an upload over HTTP/2."""

from dataclasses import replace

import pytest

from chaoskit.core.actions import Clog
from chaoskit.faults.flow_stall import FlowStall


@pytest.fixture
def call(call):
    return replace(call, is_http2=True)


def test_an_upload_of_unknown_length_gets_one_window(told, answer):
    assert told(FlowStall(), answer(b"")) == {"call": Clog()}


@pytest.mark.parametrize(("length", "is_hit"), [("65535", False), ("65536", True), ("x", True)])
def test_a_body_that_fits_the_window_is_no_hit(length, is_hit, call, dice):
    sized = replace(call, headers=(("content-length", length),))
    assert bool(FlowStall().on_call(sized, dice)) is is_hit


def test_http_1_is_no_hit(call, dice):
    assert FlowStall().on_call(replace(call, is_http2=False), dice) is None
