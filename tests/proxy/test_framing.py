"""Where a body ends, and whether its connection ends with it: as mitmproxy says, and as the RFC does."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http
from mitmproxy.net.http import http1

from chaoskit.proxy.framing import framing_of

FIELD = st.tuples(
    st.sampled_from(
        [b"Transfer-Encoding", b"content-length", b"Content-Length", b"connection", b"host", b"x" * 10]
    ),
    st.sampled_from(
        b"chunked|gzip, chunked|gzip|identity|x|0|5|-1|5, 5||\xff|close|keep-alive|x, close|a".split(b"|")
    ),
)
FIELDS = st.lists(FIELD, max_size=4)
VERSION = st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0"])
METHOD = st.sampled_from(["GET", "HEAD", "head", "POST", "CONNECT"])
STATUS = st.sampled_from([100, 101, 200, 204, 299, 304, 404])


def request(method, fields, version=b"HTTP/1.1"):
    headers = http.Headers(fields)
    return http.Request("", 0, method.encode(), b"", b"", b"/", version, headers, None, None, 0.0, None)


def answer(status, fields):
    return http.Response(b"HTTP/1.1", status, b"", http.Headers(fields), None, None, 0.0, None)


def result(ask, *args):
    with suppress(ValueError):
        return ask(*args)
    return "refused"


@given(METHOD, FIELDS)
def test_a_request_has_the_size_that_mitmproxy_says(method, fields):
    said = result(http1.expected_http_body_size, request(method, fields))
    assert result(framing_of(fields).size) == said


@given(METHOD, STATUS, FIELDS)
def test_an_answer_has_the_size_that_mitmproxy_says(method, status, fields):
    said = result(http1.expected_http_body_size, request(method, []), answer(status, fields))
    assert result(framing_of(fields).size_of_answer, method, status) == said


@given(VERSION, FIELDS)
def test_a_connection_lasts_as_long_as_mitmproxy_says(version, fields):
    said = http1.connection_close(version, http.Headers(fields))
    assert framing_of(fields).is_last(version) == said


@pytest.mark.parametrize("option", [b"Close", b"x,CLOSE"])
def test_an_option_has_no_case(option):
    assert framing_of([(b"Connection", option)]).is_last(b"HTTP/1.1")


def test_a_client_of_http_1_0_may_ask_to_go_on_in_any_case():
    assert not framing_of([(b"Connection", b"Keep-Alive")]).is_last(b"HTTP/1.0")
