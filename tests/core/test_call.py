"""What faults look at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.call import Answer, Call, body_length, header


def a_call(method="GET", headers=()):
    return Call(
        identity="c",
        identified_by="order",
        provider="p",
        host="p.example",
        method=method,
        path="/",
        headers=headers,
        client="10.0.0.1",
        connection="p 1",
    )


@given(st.text(alphabet="abcXYZ-", min_size=1), st.text())
def test_a_header_is_found_in_any_case(name, value):
    headers = (("other-1", "no"), (name.swapcase(), value))
    assert header(headers, name) == value
    assert a_call(headers=headers).header(name) == value
    assert Answer(status=200, headers=headers).header(name) == value


def test_the_first_of_several_headers_counts_and_a_missing_one_is_none():
    assert header((("a", "1"), ("A", "2")), "a") == "1"
    assert header((("a", "1"),), "b") is None


def test_another_body_leaves_the_rest_of_an_answer_alone():
    answer = Answer(status=201, headers=(("a", "1"),), body=b"old")
    assert answer.with_body(b"new") == Answer(status=201, headers=(("a", "1"),), body=b"new")


@pytest.mark.parametrize(
    ("method", "status", "stated", "length"),
    [
        ("GET", 200, "12", 12),
        ("GET", 200, " 12 ", 12),
        ("GET", 200, None, None),  # chunked: nobody knows yet
        ("GET", 200, "-1", None),
        ("GET", 200, "1, 1", None),
        ("GET", 200, "²", None),
        ("HEAD", 200, "12", 0),  # says what GET would bring
        ("GET", 204, None, 0),
        ("GET", 304, "12", 0),
    ],
)
def test_the_length_of_a_body_is_what_its_head_tells(method, status, stated, length):
    headers = () if stated is None else (("Content-Length", stated),)
    assert body_length(a_call(method), Answer(status=status, headers=headers)) == length
