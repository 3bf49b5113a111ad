"""What a faked or changed answer is made of."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core import content


def raw_deflate(body):
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(body) + machine.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
}


@pytest.mark.parametrize("coding", ENCODERS)
@given(body=st.binary(max_size=200))
def test_a_known_encoding_is_undone(coding, body):
    assert content.decoded((("Content-Encoding", coding),), ENCODERS[coding](body)) == body


@given(st.binary(max_size=200))
def test_the_bare_deflate_stream_of_some_servers_is_undone_too(body):
    assert content.decoded((("content-encoding", "deflate"),), raw_deflate(body)) == body


def test_a_body_without_an_encoding_is_itself():
    assert content.decoded((), b"plain") == b"plain"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("br", b"x"),
        ("zstd", b"x"),
        ("gzip, br", gzip.compress(b"x", mtime=0)),
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(b"x" * 99, mtime=0)[:-9]),
        ("gzip", gzip.compress(b"a", mtime=0) + b"more"),
        ("deflate", b"\xff\xff"),
    ],
)
def test_an_encoding_that_is_unknown_or_does_not_fit_gives_nothing(coding, body):
    assert content.decoded((("content-encoding", coding),), body) is None


def test_a_body_that_grows_beyond_measure_is_left_alone():
    headers = (("content-encoding", "gzip"),)
    assert content.decoded(headers, gzip.compress(bytes(1001)), 1000) is None
    assert content.decoded(headers, gzip.compress(bytes(1000)), 1000) == bytes(1000)


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        ('{"error": 1}', "application/json"),
        ("[]", "application/json"),
        ("{broken", "text/plain; charset=utf-8"),
        ("Service Unavailable", "text/plain; charset=utf-8"),
    ],
)
def test_a_body_without_a_type_gets_the_one_that_fits(body, type_):
    assert content.with_type((), body) == (("content-type", type_),)


def test_a_type_that_was_given_stays_and_no_body_has_no_type():
    given_type = (("Content-Type", "text/html"),)
    assert content.with_type(given_type, "{}") == given_type
    assert content.with_type((), "") == ()


@pytest.mark.parametrize("status", [200, 429, 503, 599])
def test_a_status_that_ends_a_call_is_taken(status):
    content.check_status(status, "text")


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (100, "", "200 to 599, got 100"),
        (600, "", "got 600"),
        (204, "text", "body must be empty with status 204, got 4 characters"),
        (304, "x", "must be empty"),
    ],
)
def test_a_status_that_cannot_end_a_call_so_is_refused(status, body, says):
    with pytest.raises(ValueError, match=says):
        content.check_status(status, body)


@pytest.mark.parametrize("header", [("a b", "x"), ("", "x"), ("a", "x\r\nb: c"), ("a:", "x"), ("a", "ü")])
def test_a_header_that_would_not_be_one_header_on_the_wire_is_refused(header):
    with pytest.raises(ValueError, match="header"):
        content.check_headers((header,))


def test_headers_are_left_out_by_name_in_any_case():
    assert content.without((("A", "1"), ("b", "2"), ("a", "3")), "a") == (("b", "2"),)
