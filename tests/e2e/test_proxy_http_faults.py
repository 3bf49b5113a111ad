"""What real clients see of answers that are forged, changed, malformed, old, or asked for twice."""

import json
import subprocess
import time

import httpx
import pytest
import requests

pytestmark = pytest.mark.socket


def inject(fault: str, more: str = "") -> str:
    return f"[{{id: i, provider: pay, fault: {fault}, during: {{from: fault + 1s, for: 500s}}{more}}}]"


class Calls:
    """The same call by three clients, through one worker."""

    def __init__(self, kit, proxy):
        self.url = f"https://{kit.host}"
        self.environment = kit.environment(proxy)
        self.proxy = f"http://{proxy.address}"
        self.bundle = str(kit.own_ca)
        self.trust = kit.trust(proxy)

    def curl(self, path, *arguments):
        out = subprocess.run(
            [
                "curl",
                "-sS",
                "-m",
                "10",
                "-i",
                "--compressed",
                "--suppress-connect-headers",
                *arguments,
                self.url + path,
            ],
            env=self.environment,
            capture_output=True,
            check=False,
        )
        return out.returncode, out.stdout.decode("latin-1")

    def requests(self, path, method="GET", **more):
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, self.url + path, proxies={"https": self.proxy}, verify=self.bundle, timeout=10, **more
            )

    def httpx(self, path, method="GET", *, http2=True, **more):
        with httpx.Client(http2=http2, proxy=self.proxy, verify=self.trust, timeout=10) as client:
            return client.request(method, self.url + path, **more)


@pytest.fixture
def start(kit):
    """Start a worker with a fault on, after a first call that teaches it HTTP/2."""

    def begin(fault, more="", *, before=("/first",), h2=True):
        origin = kit.origin(h2=h2)
        proxy = kit.worker(origin, inject(fault, more))
        calls = Calls(kit, proxy)
        for path in before:
            calls.httpx(path)
        proxy.arm(time.monotonic() - 1)
        origin.calls.clear()
        return origin, proxy, calls

    return begin


def hits(proxy):
    return [line["hits"] for line in proxy.lines()]


@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [
        ("{wrong_success: {}}", 200, '"ok": false'),
        ("{redirect: {to: /elsewhere}}", 302, ""),
        ("{challenge: {}}", 403, "Just a moment"),
        ("{false_auth: {}}", 401, "authentication_error"),
    ],
)
def test_every_client_gets_the_forged_answer_and_the_provider_no_call(start, fault, status, says):
    origin, proxy, calls = start(fault)
    auth = {"authorization": "Bearer good"}
    code, text = calls.curl("/x", "-H", "authorization: Bearer good")
    assert (code, f" {status} " in text.split("\r\n", 1)[0] + " ") == (0, True)
    assert says in text
    one = calls.requests("/x", "POST", headers=auth, data="{}", allow_redirects=False)
    two = calls.httpx("/x", "POST", headers=auth, content="{}")
    assert (one.status_code, two.status_code, two.http_version) == (status, status, "HTTP/2")
    assert says in one.text
    assert one.content == two.content
    assert origin.calls == []
    assert hits(proxy) == [[], *[[["i", "reply"]]] * 3]


def test_a_challenge_is_no_json_and_tells_so_in_a_header(start):
    _, _, calls = start("{challenge: {by: aws_waf}}")
    answer = calls.httpx("/x")
    assert (answer.status_code, answer.headers["x-amzn-waf-action"]) == (202, "challenge")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_whoever_follows_the_redirect_goes_round_until_it_gives_up(start):
    origin, _, calls = start("{redirect: {status: 307}}")
    assert calls.curl("/x?a=1", "-L", "--max-redirs", "5")[0] == 47
    with pytest.raises(requests.TooManyRedirects):
        calls.requests("/x?a=1", "POST", data="pay")
    with pytest.raises(httpx.TooManyRedirects):
        calls.httpx("/x?a=1", follow_redirects=True)
    assert origin.calls == []


def test_a_call_without_credentials_is_not_turned_away(start):
    origin, proxy, calls = start("{false_auth: {}}")
    assert calls.httpx("/x").status_code == 200
    assert origin.calls == ["GET /x"]
    assert hits(proxy) == [[], []]


@pytest.mark.parametrize(
    ("how", "curl", "of_requests", "of_httpx"),
    [
        ("status_line", (1, 8, 56), requests.ConnectionError, httpx.RemoteProtocolError),
        ("header", (8, 43), None, httpx.RemoteProtocolError),
        ("chunk", (56,), requests.exceptions.ChunkedEncodingError, httpx.RemoteProtocolError),
        ("gzip", (61, 23, 56), requests.exceptions.ContentDecodingError, httpx.DecodingError),
    ],
)
def test_what_is_not_http_is_an_error_of_the_protocol(start, how, curl, of_requests, of_httpx):
    origin, proxy, calls = start(f"{{malformed: {{how: {how}}}}}")
    assert calls.curl("/x", "--http1.1")[0] in curl
    if of_requests is None:  # http.client keeps what follows for the body
        assert calls.requests("/x").status_code == 200
    else:
        with pytest.raises(of_requests):
            calls.requests("/x")
    with pytest.raises(of_httpx):
        calls.httpx("/x", http2=False)
    assert origin.calls == []
    assert hits(proxy) == [[], *[[["i", "reply" if how == "gzip" else "raw"]]] * 3]


def test_malformed_http_1_leaves_http_2_alone(start):
    origin, proxy, calls = start("{malformed: {how: chunk, phase: after}}")
    assert calls.httpx("/x").status_code == 200
    assert hits(proxy) == [[], []]
    assert origin.calls == ["GET /x"]


@pytest.mark.parametrize("h2", [True, False])
def test_headers_change_and_a_stream_is_not_held_up(start, h2):
    _, proxy, calls = start("{headers: {remove: [server], set: {x-put: here}, oversize: 3kB}}", h2=h2)
    with httpx.Client(http2=True, proxy=calls.proxy, verify=calls.trust, timeout=10) as client:
        began = time.monotonic()
        with client.stream("GET", calls.url + "/events/3/700") as answer:
            parts = answer.iter_raw()
            assert b"data: 0" in next(parts)
            assert time.monotonic() - began < 1.4  # the body would take 2.1 s
            assert b"".join(parts).count(b"data") == 2
    assert (answer.headers.get("server"), answer.headers["x-put"]) == (None, "here")
    assert len(answer.headers["x-filler"]) == 3000
    assert hits(proxy) == [[], [["i", "rewrite"]]]


def test_an_oversize_header_is_too_much_for_a_client_with_a_limit(start):
    _, _, calls = start("{headers: {oversize: 200kB}}")
    assert calls.curl("/x", "--http1.1")[0] == 27  # out of memory, as curl 7.88 calls it
    with pytest.raises(requests.ConnectionError, match="65536"):
        calls.requests("/x")
    with pytest.raises(httpx.RemoteProtocolError):
        calls.httpx("/x", http2=False)


# stale


def test_yesterday_s_answer_comes_for_what_was_asked_before_and_only_for_that(start):
    origin, proxy, calls = start("{stale: {}}", before=["/x?a=1", "/x?a=2", "/events/3/1", "/status/500"])
    old = calls.httpx("/x?a=1")
    assert old.json()["path"] == "/x?a=1"
    assert calls.httpx("/events/3/1").text == "data: 0\n\ndata: 1\n\ndata: 2\n\n"
    assert origin.calls == []
    calls.httpx("/x?a=1", headers={"authorization": "someone else"})
    calls.httpx("/x?a=1", "POST")
    calls.httpx("/status/500")
    calls.httpx("/x?a=3")
    calls.httpx("/x?a=3")  # what passes while the fault is on is not yesterday's
    assert len(origin.calls) == 5
    assert hits(proxy)[4:] == [[["i", "recall"]]] * 2 + [[]] * 5


def test_a_stale_answer_reaches_http_1_as_it_reached_http_2(start):
    origin, _, calls = start("{stale: {}}", before=[], h2=False)
    # httpx asks for the same encodings over both
    origin, proxy, calls = start("{stale: {}}", before=["/bytes/70000", "/events/2/1"])
    for path, size in (("/bytes/70000", 70000), ("/events/2/1", 18)):
        answer = calls.httpx(path, http2=False)
        assert (answer.http_version, len(answer.content)) == ("HTTP/1.1", size)
    assert origin.calls == []
    proxy.lines()


# duplicate


@pytest.mark.parametrize("answer", ["first", "second"])
@pytest.mark.parametrize(("http2", "h2"), [(True, True), (True, False), (False, False)])
def test_the_provider_gets_the_call_twice_and_the_client_one_answer(start, answer, http2, h2):
    origin, proxy, calls = start(f"{{duplicate: {{answer: {answer}}}}}", h2=h2)
    body = b"amount=1" * 20_000
    answers = []
    with httpx.Client(http2=http2, proxy=calls.proxy, verify=calls.trust, timeout=10) as client:
        for _ in range(2):
            told = client.post(calls.url + "/charge", content=body, headers={"idempotency-key": "k"})
            answers.append(told.json())
        answers.append(client.get(calls.url + "/read").json())
    assert origin.calls == ["POST /charge"] * 4 + ["GET /read"] * 2
    assert [len(each["body"]) for each in answers] == [len(body), len(body), 0]
    assert ["idempotency-key", "k"] in answers[0]["headers"]
    assert hits(proxy)[1:] == [[["i", "duplicate"]]] * 3


@pytest.mark.parametrize(("answer", "seen"), [("first", b"one"), ("second", b"two")])
def test_the_client_sees_the_answer_that_the_file_says(kit, answer, seen):
    answers = [b"one", b"two"]

    async def raw(reader, writer):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\n" + answers.pop(0)
            )
            await writer.drain()
            return

    proxy = kit.worker(kit.origin(h2=False, raw=raw), inject(f"{{duplicate: {{answer: {answer}}}}}"))
    proxy.arm(time.monotonic() - 1)
    assert Calls(kit, proxy).requests("/x", "POST", data="pay").content == seen
    assert hits(proxy) == [[["i", "duplicate"]]]


def test_nothing_of_a_duplicate_is_left_when_the_client_goes_in_between(start):
    origin, proxy, calls = start("{duplicate: {}}")
    with (
        httpx.Client(proxy=calls.proxy, verify=calls.trust, timeout=0.3) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.get(calls.url + "/slow/900")
    time.sleep(1.2)
    held = proxy.inspect()
    assert (held["calls"], held["clients"]) == (0, 0)
    assert origin.calls == ["GET /slow/900"]
    assert hits(proxy)[1:] == [[]]
