"""What hangs on the calls before, on the time and on what a call says: real clients, several workers."""

import threading
import time
from collections import Counter

import pytest
import requests

pytestmark = [pytest.mark.socket, pytest.mark.broad]
CLIENTS = 12


def workers(kit, origin, inject, count):
    """Start that many workers on one port, armed alike; return them."""
    several = [kit.worker(origin, inject, workers=count)]
    for number in range(1, count):
        config = kit.config(origin.port, inject, workers=count, worker=number, listen=several[0].address)
        several.append(kit.start(config).ready())
    start = several[0].arm()
    for each in several[1:]:
        each.arm(start)
    return several, start


def session(proxy):
    """Return a client that keeps its connection, and knows nothing of TLS: many are cheap."""
    found = requests.Session()
    found.proxies = {"http": f"http://{proxy.address}"}
    return found


def call(client, kit, path="/status/200", **more):
    return client.request(more.pop("method", "GET"), f"http://{kit.host}{path}", timeout=15, **more)


@pytest.mark.parametrize("count", [1, 2])
def test_a_capacity_is_kept_to_by_one_worker_and_by_two(kit, count):
    inject = "[{id: i, provider: pay, fault: {capacity: {rate: 20/s}}, during: fault}]"
    several, start = workers(kit, kit.origin(tls=False), inject, count)
    seen: list[tuple[float, int]] = []

    def load():
        with session(several[0]) as client:
            while time.monotonic() < start + 6.5:
                at = time.monotonic() - start
                seen.append((at, call(client, kit).status_code))
                time.sleep(0.1)

    threads = [threading.Thread(target=load) for _ in range(CLIENTS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    judged = [status for at, status in seen if 1 <= at < 6]
    assert len(judged) > 200  # twice what it can do: else the test proves nothing
    assert judged.count(200) == pytest.approx(100, rel=0.1)
    assert judged.count(503) == len(judged) - judged.count(200)
    for each in several:
        each.stop()
    assert all(each.latest["seen"]["pay"] > 0 for each in several)
    assert sum(each.latest["hits"]["i"] for each in several) == [s for _, s in seen].count(503)


def test_each_token_has_a_quota_of_its_own_over_two_workers(kit):
    fault = "{limit: 5, window: 500s, key: {header: authorization}, quota_headers: github, retry_after: none}"
    inject = f"[{{id: i, provider: pay, fault: {{rate_limit: {fault}}}, during: fault}}]"
    several, start = workers(kit, kit.origin(tls=False), inject, 2)
    passed = Counter()
    for _ in range(12):  # on connections of their own, so that both workers are reached
        for token in ("a", "b", None):
            with session(several[0]) as client:
                headers = {"authorization": f"Bearer {token}"} if token else {}
                answer = call(client, kit, headers=headers)
            passed[token] += answer.status_code == 200
    assert passed == {"a": 5, "b": 5, None: 5}
    assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (429, "5")
    left = int(answer.headers["x-ratelimit-reset"]) - time.time()
    assert 400 < left <= 501 - (time.monotonic() - start) + 1
    for each in several:
        each.stop()
    assert all(each.latest["seen"]["pay"] > 0 for each in several)


def test_a_field_of_the_body_selects_and_other_bodies_arrive_as_they_were(kit):
    inject = (
        "[{id: i, provider: pay, fault: {error: {status: 529}}, during: fault, "
        "match: {method: POST, host: '*.pay.example', json: {model: big-*}}}]"
    )
    several, _ = workers(kit, kit.origin(tls=False), inject, 1)
    with session(several[0]) as client:
        assert call(client, kit, "/echo", method="POST", json={"model": "big-4"}).status_code == 529
        small = call(client, kit, "/echo", method="POST", json={"model": "small-4"})
        assert small.status_code == 200
        assert small.json()["body"] == '{"model": "small-4"}'
        text = call(client, kit, "/echo", method="POST", data=b"big-4")
        assert text.json()["body"] == "big-4"
        assert call(client, kit, "/echo", method="PUT", json={"model": "big-4"}).status_code == 200
    lines = several[0].lines()
    assert [line["eligible"] for line in lines] == [["i"], [], [], []]


def test_connections_are_selected_by_their_number_and_client(kit):
    inject = (
        "[{id: i, provider: pay, fault: {disconnect: {at: connect, how: rst}}, during: fault, "
        "match: {client: 127.0.0.0/8, host: api.pay.*}, between: [2, 3]}, "
        "{id: no, provider: pay, fault: {disconnect: {at: connect}}, during: fault, "
        "match: {client: 10.0.0.0/8}}]"
    )
    several, _ = workers(kit, kit.origin(tls=False), inject, 1)
    seen = []
    for _ in range(5):
        with session(several[0]) as client:
            try:
                seen.append(call(client, kit).status_code)
            except requests.ConnectionError:
                seen.append("broken")
    assert seen == [200, "broken", "broken", 200, 200]
    assert [line["hits"] for line in several[0].lines()] == [[], [["i", "refuse"]], [["i", "refuse"]], [], []]


def test_each_window_strikes_anew_and_lets_go_at_its_end(kit):
    inject = (
        "[{id: i, provider: pay, fault: {blackhole: {}}, "
        "during: [{from: fault, for: 1s}, {from: fault + 2s, for: 1s}]}]"
    )
    origin = kit.origin(tls=False)
    several, start = workers(kit, origin, inject, 1)

    def until_dropped(path):
        with session(several[0]) as client, pytest.raises(requests.ConnectionError):
            call(client, kit, path)
        return time.monotonic() - start

    assert until_dropped("/status/200") == pytest.approx(1.0, abs=0.4)
    with session(several[0]) as client:
        assert call(client, kit).status_code == 200  # in the gap
    # begun in the gap, still under way when the second window begins, and held until it ends
    assert until_dropped("/slow/20000") == pytest.approx(3.0, abs=0.4)
    with session(several[0]) as client:
        assert call(client, kit).status_code == 200
    assert [line["hits"] for line in several[0].lines()].count([["i", "hold"]]) == 2
