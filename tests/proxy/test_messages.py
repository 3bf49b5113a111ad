from mitmproxy import http

from chaoskit.core.actions import Reply, Rewrite
from chaoskit.proxy.messages import answer_of, headers_of, is_bodiless, reply_to, rewrite

GET = http.Request.make("GET", "https://x/")


def response(status=200, headers=()) -> http.Response:
    return http.Response(b"HTTP/1.1", status, b"OK", http.Headers(headers), None, None, 0, None)


def test_headers_keep_order_case_repetition_and_bytes():
    given = [(b"X-b", b"1"), (b"x-A", b"\xff"), (b"X-b", b"")]
    assert headers_of(response(headers=given)) == (("X-b", "1"), ("x-A", "\udcff"), ("X-b", ""))
    assert answer_of(response(404), b"x").status == 404


def test_a_reply_has_a_length_unless_it_says_or_must_not_have_one():
    made = reply_to(GET, Reply(status=503, body=b"sorry", headers=(("A", "1"),)), 0.0)
    assert made.headers.fields == ((b"A", b"1"), (b"content-length", b"5"))
    assert made.reason == "Service Unavailable"
    lying = reply_to(GET, Reply(status=200, headers=(("Content-Length", "9"),)), 0.0)
    assert lying.headers.fields == ((b"Content-Length", b"9"),)
    assert reply_to(GET, Reply(status=204), 0.0).headers.fields == ()


def test_a_retry_date_is_rounded_up_to_a_whole_second():
    made = reply_to(GET, Reply(status=429, retry_date_in=1.2), 10.0)
    assert made.headers["retry-after"] == "Thu, 01 Jan 1970 00:00:12 GMT"


def test_a_header_with_a_unix_time_is_rounded_up():
    made = reply_to(GET, Reply(status=429, epochs=(("x-ratelimit-reset", 1.2),)), 10.0)
    assert made.headers["x-ratelimit-reset"] == "12"


def test_a_rewrite_counts_its_body_unless_it_is_to_lie():
    mine = response(headers=[(b"Content-Length", b"9")])
    rewrite(mine, Rewrite(headers=(("Content-Length", "9"), ("B", "2")), body=b"abc"))
    assert mine.headers.fields == ((b"Content-Length", b"3"), (b"B", b"2"))
    rewrite(mine, Rewrite(headers=(("Content-Length", "9"),), body=b"abc", keep_length=True))
    assert mine.headers.fields == ((b"Content-Length", b"9"),)
    chunked = response()
    rewrite(chunked, Rewrite(headers=(("Transfer-Encoding", "chunked"),), body=b"abc"))
    assert "content-length" not in chunked.headers


def test_some_answers_have_no_body_whatever_their_headers_say():
    assert is_bodiless(http.Request.make("HEAD", "https://x/"), response())
    assert [is_bodiless(GET, response(status)) for status in (200, 204, 304, 101)] == [
        False,
        True,
        True,
        True,
    ]


def test_a_reply_tells_the_time_where_it_is_asked_to():
    reply = Reply(status=429, headers=(("x-reset", "${epoch+60}"),), body=b"${epoch}", is_timed=True)
    made = reply_to(GET, reply, 1000.5)
    assert made.headers.fields == ((b"x-reset", b"1060"), (b"content-length", b"4"))
    assert made.raw_content == b"1000"
    assert reply_to(GET, Reply(status=200, body=b"${epoch}"), 0.0).raw_content == b"${epoch}"
