"""The two lanes, without a fault: what passes, and what the provider and the client see."""

import httpx
import pytest
import requests

pytestmark = pytest.mark.socket
NEEDS_CALLS = ", {id: a, provider: pay, amplification: '<= 3x'}"


def test_a_call_passes_through_the_mitm_lane_and_is_recorded(kit):
    origin = kit.origin()
    proxy = kit.worker(origin, slos=NEEDS_CALLS)
    answer = requests.get(
        f"https://{kit.host}/hello?secret=1",
        proxies={"https": f"http://{proxy.address}"},
        verify=kit.own_ca,
        timeout=5,
    )
    assert answer.status_code == 200
    assert answer.headers["server"] == "origin"
    lines = proxy.lines()
    assert [(x["call"], x["host"], x["method"], x["path"], x["status"]) for x in lines] == [
        (True, kit.host, "GET", "/hello", 200)
    ]
    assert proxy.latest["seen"] == {"pay": 1}


@pytest.mark.parametrize(
    ("client_h2", "origin_h2", "spoken"), [(1, 1, "HTTP/2"), (1, 0, "HTTP/1.1"), (0, 1, "HTTP/1.1")]
)
def test_a_client_speaks_what_the_provider_speaks(kit, client_h2, origin_h2, spoken):
    origin = kit.origin(h2=bool(origin_h2))
    proxy = kit.worker(origin, slos=NEEDS_CALLS)
    for _ in range(2):  # unknown at first, then remembered
        with httpx.Client(
            http2=bool(client_h2), proxy=f"http://{proxy.address}", verify=kit.trust(proxy)
        ) as client:
            for _ in range(2):
                answer = client.post(f"https://{kit.host}/x", content=b"body")
                assert answer.http_version == spoken
                assert answer.json()["body"] == "body"
    assert origin.connections == 2
