"""The provider asks its callers to leave the HTTP/2 connection."""

from dataclasses import replace

import pytest

from chaoskit.core.actions import GoAway, is_last
from chaoskit.core.http2 import CODES
from chaoskit.faults.goaway import Goaway


@pytest.fixture
def call(call):
    return replace(call, is_http2=True)


def test_by_default_the_connection_is_drained(told, answer):
    assert told(Goaway(), answer(b"")) == {"call": GoAway(0, "later")}


@pytest.mark.parametrize(("refuses", "ends"), [("later", False), ("this", True), ("all", True)])
def test_what_it_refuses_ends_the_call(refuses, ends, told, answer):
    action = told(Goaway(code="ENHANCE_YOUR_CALM", refuses=refuses), answer(b""))["call"]
    assert action == GoAway(11, refuses)
    assert is_last(action) is ends


def test_http_1_is_no_hit(call, dice):
    assert Goaway().on_call(replace(call, is_http2=False), dice) is None


def test_the_codes_are_in_the_order_of_their_numbers():
    errors = pytest.importorskip("h2.errors").ErrorCodes
    assert {name: n for n, name in enumerate(CODES)} == {each.name: each.value for each in errors}
