"""What makes an answer good, and what makes it degraded."""

import gzip

import pytest

from chaoskit.core.experiment import DegradedWhen, Endpoint, Expect
from chaoskit.core.samples import Flag
from chaoskit.load.expect import Received, judge, reads_body

ANYTHING = Expect()


def endpoint(expect: Expect = ANYTHING, degraded: DegradedWhen | None = None) -> Endpoint:
    return Endpoint(name="x", method="GET", path="/", expect=expect, degraded_when=degraded)


def received(status: int = 200, body: bytes = b"", **headers: str) -> Received:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Received(status, pairs, len(body), body)


GOOD = (Flag.GOOD, "none")
BAD_STATUS = (Flag.CHECK_FAILED, "bad status")
BAD_ANSWER = (Flag.CHECK_FAILED, "bad answer")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, GOOD), (204, GOOD), (302, GOOD), (399, GOOD), (400, BAD_STATUS), (503, BAD_STATUS)],
)
def test_without_an_expectation_everything_below_400_is_good(status: int, verdict: object) -> None:
    assert judge(endpoint(), received(status)) == verdict


def test_an_expected_status_is_the_only_good_one() -> None:
    only = endpoint(Expect(status=(404, 410)))
    assert judge(only, received(410)) == GOOD
    assert judge(only, received(200)) == BAD_STATUS


def test_a_body_must_contain_the_expected_text_also_when_it_is_compressed() -> None:
    wants = endpoint(Expect(body='"items"'))
    assert judge(wants, received(body=b'{"items": []}')) == GOOD
    assert judge(wants, received(body=b"{}")) == BAD_ANSWER
    assert judge(wants, received(body=gzip.compress(b'"items"'), content_encoding="gzip")) == GOOD
    assert judge(wants, received(body=b"broken", content_encoding="gzip")) == BAD_ANSWER


def test_a_header_must_match_its_glob_in_any_case_of_its_name() -> None:
    wants = endpoint(Expect(header=(("Content-Type", "application/json*"),)))
    assert judge(wants, received(content_type="application/json; charset=utf-8")) == GOOD
    assert judge(wants, received(content_type="text/html")) == BAD_ANSWER
    assert judge(wants, received()) == BAD_ANSWER


def test_a_degraded_answer_is_a_good_one_for_which_every_part_holds() -> None:
    when = DegradedWhen(status=(200, 203), body="cached", header=(("x-from", "fallback"),))
    marked = endpoint(degraded=when)
    assert judge(marked, received(203, b"cached", x_from="fallback")) == (Flag.GOOD | Flag.DEGRADED, "none")
    assert judge(marked, received(201, b"cached", x_from="fallback")) == GOOD
    assert judge(marked, received(203, b"fresh", x_from="fallback")) == GOOD
    assert judge(marked, received(203, b"cached")) == GOOD


def test_an_answer_that_is_not_good_is_never_degraded() -> None:
    marked = endpoint(degraded=DegradedWhen(header=(("x-from", "*"),)))
    assert judge(marked, received(503, x_from="fallback")) == BAD_STATUS


def test_a_body_is_kept_only_where_somebody_looks_at_it() -> None:
    assert not reads_body(endpoint(Expect(status=(200,)), DegradedWhen(status=(203,))))
    assert reads_body(endpoint(Expect(body="x")))
    assert reads_body(endpoint(degraded=DegradedWhen(body="x")))
