"""Heads are read as mitmproxy reads them, whatever is in them."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mitmproxy.net.http import http1

from chaoskit.proxy.heads import read_answer, read_request

WORD = st.sampled_from([b"GET", b"POST", b"CONNECT", b"get", b"", b"G ET", b"*"])
HOST = st.sampled_from(
    [b"a.example", b"A.example:80", b"a:0", b"a:99999", b"-", b"[::1]:8", b"u@a", b"xn--a.b", b""]
)
PATH = st.one_of(
    st.sampled_from([b"", b"/", b"/a?b=c#d", b"/a//b", b"/[", b"/%zz", b"?a", b"/a;b", "/ä".encode()]),
    st.binary(max_size=8).map(lambda each: b"/" + each),
)
SCHEME = st.sampled_from([b"http://", b"https://", b"HTTP://", b"ftp://", b"://", b""])
VERSION = st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/11", b"http/1.1", b""])
TARGET = st.builds(lambda *each: b"".join(each), SCHEME, HOST, PATH)
LINE = st.builds(lambda *words: b" ".join(words), WORD, TARGET, VERSION)
FIELD = st.one_of(
    st.sampled_from(
        [b"Host: a.example", b"a:b", b"a : b", b": b", b"a", b" folded", b"\tfolded", b"A:\t b \t"]
    ),
    st.binary(min_size=1, max_size=8),
)
FIELDS = st.lists(FIELD, max_size=4)


def seen(read, lines):
    """Return what a function made of the lines, as far as it shows on a wire, or that it refused."""
    with suppress(ValueError):
        message = read(lines)
        told = vars(message.data).copy()
        told.pop("timestamp_start")
        told["headers"] = message.headers.fields
        return told
    return "refused"


@given(LINE, FIELDS)
@example(b"GET http://a.example/x HTTP/1.1", [b"Host: a.example"])
@example(b"GET https://a.example:444/x?y=%20 HTTP/1.0", [])
@example(b"GET http://a..b/ HTTP/1.1", [])
@example(b"CONNECT http://a.example/ HTTP/1.1", [])
@example(b"GET /x HTTP/1.1", [b"a: b", b" c", b"d:e"])
def test_a_request_reads_the_same(line, fields):
    lines = [line, *fields]
    assert seen(read_request, lines) == seen(http1.read_request_head, lines)


@given(
    st.sampled_from(
        [b"HTTP/1.1 200 OK", b"HTTP/1.1 204", b"HTTP/1.0 99999 a b", b"HTTP/2 200", b"x", b"HTTP/1.1 x"]
    ),
    FIELDS,
)
def test_an_answer_reads_the_same(line, fields):
    lines = [line, *fields]
    assert seen(read_answer, lines) == seen(http1.read_response_head, lines)


def test_a_refusal_names_the_line():
    for _ in range(2):  # the second time from memory, if a refusal were remembered
        with pytest.raises(ValueError, match=r"Bad HTTP request line: b'GET http://a:99999/x HTTP/1.1'"):
            read_request([b"GET http://a:99999/x HTTP/1.1"])
