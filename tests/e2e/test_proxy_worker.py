"""The worker process: its protocol, its end, its lease, and what several workers share."""

import contextlib
import http.client
import signal
import socket
import ssl
import time

import pytest
import requests

pytestmark = pytest.mark.socket
NEEDS_CALLS = ", {id: a, provider: pay, amplification: '<= 3x'}"
DOWN = "[{id: i, provider: pay, fault: {error: {status: 503}}, during: fault}]"


def get(kit, proxy, path="/status/200", **more) -> requests.Response:
    return requests.get(
        f"https://{kit.host}{path}",
        proxies={"https": f"http://{proxy.address}"},
        verify=kit.own_ca,
        timeout=15,
        **more,
    )


def test_faults_come_with_arm_and_go_with_lift(kit):
    proxy = kit.worker(kit.origin(), DOWN)
    assert get(kit, proxy).status_code == 200
    proxy.arm()
    assert get(kit, proxy).status_code == 503
    proxy.tell({"lift": True})
    assert proxy.expect("ack") == "lift"
    assert get(kit, proxy).status_code == 200
    proxy.settled(lambda told: told["seen"] == {"pay": 3} and told["hits"] == {"i": 1})


@pytest.mark.parametrize("how", ["end of file", "stop", "SIGTERM"])
def test_the_worker_ends_by_itself_with_everything_it_holds(kit, how):
    proxy = kit.worker(
        kit.origin(h2=False), "[{id: i, provider: pay, fault: {blackhole: {}}, during: fault}]"
    )
    proxy.arm()
    sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
    sock.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\n\r\n".encode())
    sock.recv(100)
    with kit.trust(proxy).wrap_socket(sock, server_hostname=kit.host) as tls:
        tls.sendall(b"GET / HTTP/1.1\r\nHost: api.pay.example\r\n\r\n")
        proxy.settled(lambda told: told["hits"] == {"i": 1})
        if how == "stop":
            proxy.tell({"stop": True})
        elif how == "SIGTERM":
            proxy.process.send_signal(signal.SIGTERM)
        else:
            assert proxy.stop() == 0
        assert proxy.process.wait(10) == 0
        with contextlib.suppress(OSError):  # reset: closed too
            assert tls.recv(100) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port), 5)
    assert [line["hits"] for line in proxy.lines()] == [[["i", "hold"]]]


def test_end_of_file_before_the_configuration_is_an_end_too(kit):
    proxy = kit.start(kit.config(1))
    proxy.process.stdin.close()
    assert proxy.process.wait(30) == 0


def test_an_expired_lease_lifts_the_faults_for_good_and_says_so_once(kit):
    proxy = kit.worker(kit.origin(), DOWN, proxy=", lease: 2s")
    proxy.arm(beats=False)
    assert proxy.expect("lease") == "expired"
    assert get(kit, proxy).status_code == 200
    proxy.tell({"beat": 1})
    assert get(kit, proxy).status_code == 200
    time.sleep(0.6)
    assert all("lease" not in line for line in proxy.said.queue)


@pytest.mark.broad
def test_two_workers_share_a_port_and_count_as_one(kit):
    origin = kit.origin(h2=False)
    inject = "[{id: i, provider: pay, fault: {error: {status: 503}}, during: fault, first_n: 10}]"
    first = kit.worker(origin, inject, workers=2)
    second = kit.start(kit.config(origin.port, inject, workers=2, worker=1, listen=first.address)).ready()
    start = first.arm()
    second.arm(start)
    assert second.address == first.address
    seen = [get(kit, first).status_code for _ in range(40)]
    assert seen.count(503) == 10
    assert seen[:10] == [503] * 10
    first.stop()
    second.stop()
    shares = [first.latest["seen"].get("pay", 0), second.latest["seen"].get("pay", 0)]
    assert sum(shares) == 40
    assert min(shares) > 0  # 40 connections all on one of two: about one in 10^12


@pytest.mark.broad
def test_two_workers_hit_the_very_calls_that_one_hits(kit):
    origin = kit.origin(h2=False)
    inject = "[{id: i, provider: pay, fault: {error: {status: 503}}, during: fault, share: 30% of requests}]"
    traces = [f"{number:032x}" for number in range(1, 41)]

    def hits(count):
        """Return the traces that are hit by so many workers, and how many calls each of these saw."""
        alike = {"seed": 5, "workers": count, "memory": str(kit.folder / f"memory of {count}")}
        first = kit.worker(origin, inject, **alike)
        several = [first]
        for number in range(1, count):
            config = kit.config(origin.port, inject, worker=number, listen=first.address, **alike)
            several.append(kit.start(config).ready())
        start = first.arm()
        for each in several[1:]:
            each.arm(start)
        answers = {
            trace: get(kit, first, headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}).status_code
            for trace in (traces if count == 1 else reversed(traces))
        }
        for each in several:
            each.stop()
        struck = {trace for trace, status in answers.items() if status == 503}
        return struck, [each.latest["seen"].get("pay", 0) for each in several]

    alone, (calls,) = hits(1)
    together, shares = hits(2)
    assert together == alone
    assert 0 < len(alone) < len(traces) == calls == sum(shares)
    assert min(shares) > 0  # 40 connections all on one of two: about one in 10^12


def test_an_address_in_use_is_a_sentence(kit):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        proxy = kit.start(kit.config(1, listen=address))
        while "failed" not in (line := proxy.said.get(timeout=30)):
            pass
    assert line["failed"] == f"{address} is in use by another process"
    assert proxy.process.wait(10) == 1


def test_a_wrong_experiment_is_a_sentence(kit):
    proxy = kit.start(kit.config(1, text="version: 1\nnam: x\n"))
    while "failed" not in (line := proxy.said.get(timeout=30)):
        pass
    assert "t.yaml:2:1" in line["failed"]
    assert proxy.process.wait(10) == 1


def test_a_provider_that_needs_no_calls_keeps_its_own_certificate(kit):
    origin = kit.origin(h2=False)
    proxy = kit.worker(origin)
    sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
    sock.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\n\r\n".encode())
    sock.recv(100)
    own = ssl.create_default_context(cafile=kit.provider_ca)
    with own.wrap_socket(sock, server_hostname=kit.host) as tls:
        assert "the provider's own CA" in str(tls.getpeercert()["issuer"])
        tls.sendall(b"GET /bytes/3 HTTP/1.1\r\nHost: api.pay.example\r\n\r\n")
        answer = http.client.HTTPResponse(tls)
        answer.begin()
        assert answer.read() == b"xxx"
    line = proxy.lines()[0]
    assert (line["call"], line["host"], line["hits"]) == (False, kit.host, [])


def test_an_https_host_of_no_provider_passes_untouched_and_unrecorded(kit):
    origin = kit.origin(h2=False)
    proxy = kit.worker(origin, DOWN)
    proxy.arm()
    answer = requests.get(
        f"https://localhost:{origin.port}/x",
        proxies={"https": f"http://{proxy.address}"},
        verify=kit.provider_ca,
        timeout=10,
    )
    assert answer.status_code == 200
    assert proxy.lines() == []


def test_plain_http_goes_request_by_request_on_one_connection(kit):
    origin = kit.origin(tls=False)
    inject = "[{id: i, provider: pay, fault: {error: {status: 503}}, during: fault}]"
    proxy = kit.worker(origin, inject)
    proxy.arm()
    with requests.Session() as session:
        session.proxies = {"http": f"http://{proxy.address}"}
        mine = session.get(f"http://{kit.host}/x", timeout=10)
        other = session.get(f"http://localhost:{origin.port}/y", timeout=10)
    assert (mine.status_code, other.status_code) == (503, 200)
    assert dict(other.json()["headers"])["Host"] == f"localhost:{origin.port}"
    assert [line["path"] for line in proxy.lines()] == ["/x"]


def test_a_connection_fault_strikes_plain_http_too(kit):
    origin = kit.origin(tls=False)
    proxy = kit.worker(origin, "[{id: i, provider: pay, fault: {disconnect: {at: connect}}, during: fault}]")
    proxy.arm()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://{kit.host}/x", proxies={"http": f"http://{proxy.address}"}, timeout=10)
    assert origin.calls == []
    line = proxy.lines()[0]
    assert (line["eligible"], line["drawn"], line["hits"]) == (["i"], ["i"], [["i", "refuse"]])


def test_a_reverse_listener_stands_for_the_provider(kit, free_port):
    origin = kit.origin()
    more = f", reverse: '127.0.0.1:{free_port}', base: 'https://{kit.host}/v1'"
    proxy = kit.worker(origin, provider=more)
    assert proxy.reverse == {"pay": f"127.0.0.1:{free_port}"}
    told = requests.get(f"http://127.0.0.1:{free_port}/x?y=1", timeout=10).json()
    assert (told["path"], dict(told["headers"])["Host"]) == ("/v1/x?y=1", kit.host)
    assert [line["host"] for line in proxy.lines()] == [kit.host]


def test_a_provider_that_cannot_be_reached_is_a_closed_connection_and_never_a_page(kit, free_port):
    proxy = kit.start(kit.config(free_port, slos=NEEDS_CALLS)).ready()
    with pytest.raises(requests.ConnectionError):
        get(kit, proxy)
    line = proxy.lines()[0]
    assert (line["status"], line["hits"]) == (None, [])
    assert "cannot reach" in line["error"]


def test_the_proxy_never_calls_itself(kit):
    proxy = kit.worker(kit.origin(), DOWN)
    answer = requests.get(f"http://{proxy.address}/", timeout=10)
    assert answer.status_code == 421
    assert "HTTPS_PROXY" in answer.text
    for url in (f"http://localhost:{proxy.port}/", f"https://127.0.0.1:{proxy.port}/"):
        with pytest.raises(requests.RequestException):
            requests.get(
                url, proxies={"all": f"http://{proxy.address}"}, timeout=10, verify=False
            ).raise_for_status()
    assert proxy.inspect()["clients"] < 5


def test_a_stream_passes_chunk_by_chunk(kit):
    proxy = kit.worker(kit.origin(h2=False), slos=NEEDS_CALLS)
    with get(kit, proxy, "/events/5/300", stream=True) as answer:
        began = time.monotonic()
        arrived = [(chunk, time.monotonic() - began) for chunk in answer.iter_content(None)]
    assert [chunk for chunk, _ in arrived] == [b"data: %d\n\n" % i for i in range(5)]
    assert arrived[0][1] < 1.1  # five at once would come after 1.2 s at the soonest


def test_a_delay_is_recorded_as_asked_and_as_waited(kit):
    inject = "[{id: i, provider: pay, fault: {delay: {time: 150ms}}, during: fault}]"
    proxy = kit.worker(kit.origin(), inject)
    proxy.arm()
    assert get(kit, proxy).elapsed.total_seconds() > 0.15
    line = proxy.lines()[0]
    assert line["asked"] == 0.15
    assert line["waited"] >= 0.149
