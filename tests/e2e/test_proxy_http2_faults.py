"""GOAWAY, RST_STREAM and an upload without window, as HTTP/2 clients see them."""

import json
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import httpx
import pytest

pytestmark = [
    pytest.mark.socket,
    pytest.mark.broad,
    pytest.mark.skipif(
        None in (shutil.which("curl"), shutil.which("node")),
        reason="curl or node is not on this machine (apt-get install curl nodejs)",
    ),
]


@pytest.fixture
def start(kit):
    """Start a worker with a fault on calls below /hit, after a first call that teaches it HTTP/2."""

    def begin(fault, path="/hit/*", when="{from: fault + 1s, for: 500s}"):
        origin = kit.origin()
        text = f"[{{id: i, provider: pay, fault: {fault}, during: {when}, match: {{path: {path}}}}}]"
        proxy = kit.worker(origin, text)
        proxy.trust = kit.trust(proxy)
        with client(proxy) as first:
            assert first.get(f"https://{kit.host}/first").http_version == "HTTP/2"
        proxy.arm(time.monotonic() - 1)
        origin.calls.clear()
        return origin, proxy

    return begin


def client(proxy, *, http2=True, timeout=10):
    return httpx.Client(http2=http2, proxy=f"http://{proxy.address}", verify=proxy.trust, timeout=timeout)


def with_node(kit, proxy, *paths):
    out = subprocess.run(
        [
            "node",
            Path(__file__).parent / "http2_client.js",
            str(proxy.port),
            kit.host,
            *paths,
        ],
        env=os.environ | kit.environment(proxy),
        capture_output=True,
        check=True,
        timeout=30,
    )
    return json.loads(out.stdout)


def with_curl(kit, proxy, path, *arguments):
    return subprocess.run(
        ["curl", "-sS", "--http2", "-m", "10", *arguments, f"https://{kit.host}{path}"],
        env=os.environ | kit.environment(proxy),
        capture_output=True,
        check=False,
        text=True,
    )


def hits(proxy):
    return {line["path"]: line["hits"] for line in proxy.lines() if line["path"] != "/first"}


# RST_STREAM


def test_a_stream_is_reset_with_the_code_and_its_neighbour_goes_on(kit, start):
    origin, proxy = start("{rst_stream: {code: ENHANCE_YOUR_CALM}}")
    seen = with_node(kit, proxy, "/hit/bytes/10", "/events/3/50")
    assert [(each["path"], each["code"], each["size"]) for each in seen["answers"]] == [
        ("/hit/bytes/10", 11, 0),
        ("/events/3/50", 0, 27),
        ("/more", 0, seen["answers"][2]["size"]),
    ]
    assert "ENHANCE_YOUR_CALM" in seen["answers"][0]["error"]
    with client(proxy) as mine, pytest.raises(httpx.RemoteProtocolError, match="error_code:11"):
        mine.get(f"https://{kit.host}/hit/bytes/10")
    assert with_curl(kit, proxy, "/hit/x").returncode == 92
    assert not [call for call in origin.calls if "hit" in call]
    assert hits(proxy) == {
        "/hit/bytes/10": [["i", "close"]],
        "/events/3/50": [],
        "/more": [],
        "/hit/x": [["i", "close"]],
    }


def test_a_stream_is_reset_in_the_middle_of_its_answer(kit, start):
    origin, proxy = start("{rst_stream: {code: CANCEL, after: 1kB}}")
    (one, _) = with_node(kit, proxy, "/hit/bytes/4000")["answers"]
    assert (one["status"], one["size"], one["code"]) == (200, 1000, 8)
    assert with_curl(kit, proxy, "/hit/bytes/4000").returncode == 92
    with client(proxy, http2=False) as mine:
        assert len(mine.get(f"https://{kit.host}/hit/bytes/4000").content) == 4000
        assert len(mine.get(f"https://{kit.host}/hit/bytes/1000").content) == 1000
    assert len(origin.calls) == 5
    proxy.lines()


# GOAWAY


def test_a_server_that_is_drained_answers_what_it_has_and_closes(kit, start):
    _, proxy = start("{goaway: {}}")
    seen = with_node(kit, proxy, "/events/4/100", "/hit/bytes/10")
    assert seen["goaway"][0] == 0
    assert [(each.get("status"), each["size"]) for each in seen["answers"][:2]] == [(200, 36), (200, 10)]
    assert seen["answers"][2]["error"] == "ERR_HTTP2_GOAWAY_SESSION"
    assert hits(proxy) == {"/events/4/100": [], "/hit/bytes/10": [["i", "goaway"]]}


def test_the_connection_is_closed_when_its_last_call_has_ended(kit, start):
    _, proxy = start("{goaway: {}}")
    assert with_curl(kit, proxy, "/hit/bytes/10").stdout == "x" * 10
    with client(proxy) as mine:
        # httpx 0.28 gives a call up that would still be answered
        with pytest.raises(httpx.RemoteProtocolError, match="ConnectionTerminated error_code:0"):
            mine.get(f"https://{kit.host}/hit/bytes/10")
        assert mine.get(f"https://{kit.host}/more").status_code == 200
    proxy.settled(lambda _: proxy.inspect()["clients"] == 0)
    assert hits(proxy) == {"/hit/bytes/10": [["i", "goaway"]], "/more": []}


def test_a_call_that_is_refused_may_be_sent_again(kit, start):
    origin, proxy = start("{goaway: {refuses: this}}")
    seen = with_node(kit, proxy, "/events/4/100", "/hit/bytes/10")
    assert seen["goaway"] == [0, 1]
    assert seen["answers"][0]["size"] == 36
    assert (seen["answers"][1].get("status"), seen["answers"][1]["code"]) == (None, 7)
    assert not [call for call in origin.calls if "hit" in call]
    with client(proxy) as mine, pytest.raises(httpx.RemoteProtocolError):
        mine.get(f"https://{kit.host}/hit/x")
    assert hits(proxy)["/events/4/100"] == []


def test_all_calls_on_the_connection_are_cut_off_and_each_is_a_hit(kit, start):
    _, proxy = start("{goaway: {refuses: all, code: INTERNAL_ERROR}}")
    seen = with_node(kit, proxy, "/events/90/100", "/hit/bytes/10")
    assert seen["goaway"] == [2, 0]
    assert all(each.get("error") or each["code"] for each in seen["answers"])
    proxy.settled(lambda _: proxy.inspect()["calls"] == 0)
    assert hits(proxy) == {"/events/90/100": [["i", "goaway"]], "/hit/bytes/10": [["i", "goaway"]]}


def test_http_1_has_no_streams_and_no_hits(kit, start):
    _origin, proxy = start("{goaway: {refuses: all}}")
    with client(proxy, http2=False) as mine:
        assert mine.get(f"https://{kit.host}/hit/bytes/10").status_code == 200
    assert hits(proxy) == {"/hit/bytes/10": []}


# an upload without window


@pytest.mark.parametrize("size", [200_000, 65_535])
def test_an_upload_that_does_not_fit_the_window_hangs_and_what_fits_passes(kit, start, size):
    origin, proxy = start("{flow_stall: {}}")
    body = kit.folder / "body"
    body.write_bytes(b"x" * size)
    out = with_curl(
        kit,
        proxy,
        "/hit/x",
        "--data-binary",
        f"@{body}",
        "-m",
        "1",
        "-w",
        "%{size_upload}",
        "-o",
        "/dev/null",
    )
    if size > 65_535:
        assert out.returncode == 28
        assert 65_000 < int(out.stdout) < size
        assert origin.calls == []
    else:
        assert (out.returncode, out.stdout) == (0, str(size))
    proxy.settled(lambda _: proxy.inspect()["calls"] == 0)
    assert hits(proxy) == {"/hit/x": [["i", "clog"]] if size > 65_535 else []}


def test_a_stalled_upload_does_not_stop_the_calls_beside_it_and_ends_with_the_fault(kit, start):
    origin, proxy = start("{flow_stall: {}}", when="{from: fault + 1s, for: 2s}")
    told = {}

    with client(proxy, timeout=5) as mine:

        def upload():
            try:
                mine.post(f"https://{kit.host}/hit/x", content=b"x" * 300_000)
            except httpx.HTTPError as problem:
                told["error"] = type(problem)

        thread = threading.Thread(target=upload)
        thread.start()
        proxy.settled(lambda totals: totals.get("hits") == {"i": 1})
        with client(proxy) as beside:
            assert beside.get(f"https://{kit.host}/more").status_code == 200
        proxy.settled(lambda _: proxy.inspect()["calls"] == 0)  # the fault is over, the stream reset
        thread.join(10)
    # httpx 0.28 does not look for a reset while it waits for window
    assert told["error"] in (httpx.RemoteProtocolError, httpx.ReadTimeout)
    assert origin.calls == ["GET /more"]
    assert hits(proxy) == {"/hit/x": [["i", "clog"]], "/more": []}


def test_uploads_pass_whole_while_the_fault_is_off(kit, start):
    _origin, proxy = start("{flow_stall: {}}")
    with client(proxy) as mine:
        told = mine.post(f"https://{kit.host}/other", content=b"x" * 3_000_000).json()
    assert len(told["body"]) == 3_000_000
    assert hits(proxy) == {"/other": []}


def test_an_upload_that_is_still_within_its_window_when_the_fault_ends_goes_on(kit, start):
    origin, proxy = start("{flow_stall: {}}", when="{from: fault + 1s, for: 1s}")

    def body():
        yield b"x" * 30_000
        time.sleep(1.5)
        yield b"x" * 300_000

    with client(proxy) as mine:
        told = mine.post(f"https://{kit.host}/hit/x", content=body()).json()
    assert len(told["body"]) == 330_000
    assert origin.calls == ["POST /hit/x"]
    assert hits(proxy) == {"/hit/x": []}


# without a fault


def test_a_provider_that_is_drained_answers_what_is_under_way_and_gets_no_new_calls(kit):
    origin = kit.origin()
    proxy = kit.worker(origin, slos=", {id: a, provider: pay, amplification: '<= 9x'}")
    # in this order, so that the provider has both before it says GOAWAY
    seen = with_node(kit, proxy, "/events/4/100", "/drain/events/4/100")
    assert [(each.get("error"), each["code"], each["size"]) for each in seen["answers"][:2]] == [
        (None, 0, 36)
    ] * 2
    assert (seen["goaway"], seen["answers"][2]["status"]) == (None, 200)
    assert origin.connections == 2
    assert [line.get("error") for line in proxy.lines()] == [None] * 3
