"""The edge takes its callers for robots."""

import re

import pytest

from chaoskit.core.call import header
from chaoskit.core.dice import Dice
from chaoskit.faults.challenge import Challenge


@pytest.mark.parametrize(
    ("fault", "status", "name"),
    [
        (Challenge(), 403, "cf-mitigated"),
        (Challenge(status=503), 503, "cf-mitigated"),
        (Challenge(by="aws_waf"), 202, "x-amzn-waf-action"),
    ],
)
def test_a_page_comes_with_the_header_that_tells_it(fault, status, name, told, answer):
    reply = told(fault, answer(b"{}"))["call"]
    assert (reply.status, header(reply.headers, name)) == (status, "challenge")
    assert header(reply.headers, "content-type") == "text/html; charset=UTF-8"
    assert reply.body.startswith(b"<!DOCTYPE html>")


def test_each_call_has_a_ray_of_its_own_and_always_the_same(call):
    rays = [header(Challenge().on_call(call, Dice(7, "i", identity)).headers, "cf-ray") for identity in "aab"]
    assert all(re.fullmatch("[0-9a-f]{16}-FRA", ray) for ray in rays)
    assert rays[0] == rays[1] != rays[2]


def test_another_status_is_refused():
    with pytest.raises(ValueError, match="status must be 202, 403, 429 or 503, got 200"):
        Challenge(status=200)
