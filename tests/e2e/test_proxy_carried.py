"""What connections carry that nobody looks into: told by provider, by time, and at once when it is asked."""

import socket
import time

import pytest
import requests

pytestmark = pytest.mark.socket
OFF = "[{id: off, provider: pay, fault: refuse, during: {from: fault + 1s, for: 500s}}]"


class Pool:
    """A client's one connection to the provider, through the proxy and not decrypted."""

    def __init__(self, kit, proxy):
        self._url = f"https://{kit.host}/status/200"
        self._session = requests.Session()
        self._session.proxies = {"https": f"http://{proxy.address}"}
        self._session.verify = kit.provider_ca  # the provider's own
        self._session.trust_env = False

    def call(self, times=1):
        for _ in range(times):
            assert self._session.get(self._url, timeout=10).status_code == 200

    def close(self):
        self._session.close()


@pytest.fixture
def pool(kit):
    proxy = kit.worker(kit.origin(h2=False), OFF)
    made = Pool(kit, proxy)
    yield proxy, made
    made.close()


def ask(proxy, number):
    proxy.tell({"tell": number})
    proxy.settled(lambda told: told.get("told") == number, within=5)
    return proxy.latest


def test_an_open_connection_that_goes_on_under_a_fault_on_new_ones_is_seen_and_how_much_it_carried(pool):
    proxy, client = pool
    client.call(5)
    start = proxy.arm(time.monotonic() - 0.9)
    client.call(3)
    time.sleep(max(0.0, start + 1.05 - time.monotonic()))
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as late:
        late.sendall(b"CONNECT api.pay.example:443 HTTP/1.1\r\n\r\n")
        late.recv(39, socket.MSG_WAITALL)
        with pytest.raises(ConnectionResetError):
            late.recv(1)
    client.call(40)  # by then both ends are read directly
    totals = ask(proxy, 1)
    client.close()
    told, lines = proxy.carried(), proxy.lines()
    under = [line for line in told if line["since"] >= start + 1]
    assert sum(line["carried"] for line in under) == 40
    assert all(line["on"] == 1 and line["provider"] == "pay" for line in told)
    # eight calls, and one or two turns of the TLS handshake
    before = sum(line["carried"] for line in told) - 40
    assert before in (9, 10)
    assert totals["carried"] == {"pay": before + 40}
    kept = {tuple(line["eligible"]): line for line in lines}
    assert kept["off",]["hits"] == [["off", "refuse"]]
    assert "turns" not in kept["off",]  # it never was in a lane
    assert kept[()]["turns"] == before + 40
    assert start + 1 < kept[()]["last"] < time.monotonic()


def test_a_call_on_an_open_connection_is_in_the_totals_as_soon_as_they_are_asked_for(pool):
    proxy, client = pool
    client.call(3)
    before = ask(proxy, 1)
    client.call()
    after = ask(proxy, 2)
    assert after["seen"] == before["seen"] == {"pay": 1}
    assert after["carried"]["pay"] == before["carried"]["pay"] + 1
    # the record is in its file by then
    text = (proxy.folder / "calls-0.jsonl").read_text()
    assert text.endswith("\n")
    assert text.count('"carried":1,') >= 1


def test_each_of_several_workers_tells_what_it_has_carried(kit):
    origin = kit.origin(h2=False)
    several = [kit.worker(origin, OFF, worker=number, workers=2) for number in range(2)]
    clients = [Pool(kit, proxy) for proxy in several]
    more = []
    for proxy, client, times in zip(several, clients, (4, 6), strict=True):
        client.call()
        before = ask(proxy, 1)["carried"]["pay"]
        client.call(times)
        more.append(ask(proxy, 2)["carried"]["pay"] - before)
        client.close()
    assert more == [4, 6]
