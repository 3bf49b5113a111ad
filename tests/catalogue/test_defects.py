"""Known defects of clients: which of them meet which experiment, and that each row is still so."""

import contextlib
import importlib
import socket
import struct
from dataclasses import replace
from importlib.metadata import version
from threading import Thread

import pytest
import requests

from chaoskit import spec
from chaoskit.catalogue.defects import DEFECTS, IN_THE_HANDSHAKE, advices, meetings
from chaoskit.catalogue.diagnosis import Runtime
from chaoskit.spec.registry import faults

FILE = """\
version: 1
name: x
target: {{url: http://127.0.0.1:8081, {target}}}
{proxy}
providers: {{pay: {{hosts: [pay.test]{reverse}}}}}
load: {{arrivals: 5/s, endpoints: [{{name: a, request: GET /}}]}}
phases: {{baseline: 20s, fault: 20s, recovery: 20s}}
inject: [{{id: down, provider: pay, fault: {{{fault}}}, during: fault}}]
slos: [{{id: s, in: fault, availability: ">= 90%"}}]
"""


def experiment(fault="refuse: {}", target="command: [shop]", proxy="", reverse=""):
    return spec.load("x.yaml", FILE.format(fault=fault, target=target, proxy=proxy, reverse=reverse))


def python(**packages):
    return Runtime(
        kind="python", program="python", packages=frozenset(packages), versions=tuple(packages.items())
    )


HTTPX = python(httpx="0.28.1", httpcore="1.0.9", requests="2.34.2")


@pytest.mark.parametrize(
    "fault",
    [
        "blackhole: {at: connect}",
        "reset: {}",
        "refuse: {}",
        "dns_error: {}",
        "handshake_stall: {}",
        "tls_alert: {}",
        "disconnect: {at: connect}",
        "certificate: {problem: expired}",
    ],
)
def test_a_fault_that_ends_handshakes_in_a_tunnel_meets_httpx(fault):
    (met,) = meetings(experiment(fault), HTTPX)
    assert (met.client, met.state) == ("httpx (httpcore 1.0.9)", "installed")


@pytest.mark.parametrize("fault", ["blackhole: {}", "error: {status: 503}", "delay: {time: 1s}"])
def test_a_fault_on_calls_meets_nobody(fault):
    assert meetings(experiment(fault), HTTPX) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"reverse": ", reverse: 127.0.0.1:7001"},
        {"proxy": "proxy: {gateway: [127.0.0.1:7443]}"},
        {"proxy": "proxy: {transparent: {}}"},
        {"target": "compose: c.yaml, service: web"},
        {"target": "compose: c.yaml, service: web, capture: gateway"},
    ],
    ids=str,
)
def test_a_capture_without_a_tunnel_meets_nobody(changes):
    assert meetings(experiment(**changes), None) == ()


@pytest.mark.parametrize(
    ("runtime", "states"),
    [
        (python(requests="2.34.2"), []),
        (python(httpcore="1.0.9"), ["installed"]),
        (python(httpcore="1.0.9", httpcore2="2.16.2"), ["installed", "installed"]),
        (Runtime(kind="node", program="node"), []),
        (Runtime(kind=None, program="./shop"), ["unknown"]),
        (None, ["unknown"]),
    ],
)
def test_what_is_known_of_the_target_decides(runtime, states):
    assert [each.state for each in meetings(experiment(), runtime)] == states


def test_a_version_with_the_fix_is_absent():
    fixed = replace(DEFECTS[0], fixed="1.0.10")
    states = [fixed.state(python(httpcore=number)) for number in ("1.0.9", "1.0.10", "1.1.0")]
    assert states == ["installed", "absent", "absent"]


def test_the_advice_names_the_client_the_source_and_the_remedy():
    (advice,) = advices(meetings(experiment(), HTTPX))
    assert advice == (
        "down (refuse) on pay behind CONNECT meets a known defect of httpx (httpcore 1.0.9), which the "
        "target has installed: each TLS handshake that fails inside a CONNECT tunnel costs a slot of its "
        "pool for ever, so that it may never recover, whatever the service does (encode/httpcore#1023); "
        "capture pay without CONNECT: `providers.pay.reverse`, `proxy.gateway` or `proxy.transparent` "
        "(docs/capture.md)"
    )
    (unknown,) = advices(meetings(experiment(), None))
    assert "httpx (httpcore), if the target calls with it: each" in unknown


def test_the_faults_that_it_names_exist():
    assert set(faults()) >= IN_THE_HANDSHAKE


@contextlib.contextmanager
def a_proxy_that_resets_tunnels():
    """Grant each CONNECT, then reset it, as chaoskit refuses; yield its URL and what it was asked."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _ = listener.accept()
                with wire:
                    asked.append(wire.recv(65536))
                    wire.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    listener.close()


TIMES = {"timeout": {"connect": 2.0, "read": 2.0, "write": 2.0, "pool": 0.1}}


@pytest.mark.socket
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.package)
def test_the_installed_version_still_has_it(defect):
    """Red when a release has the fix: then the row needs ``fixed``."""
    core = importlib.import_module(defect.package)
    raised = []
    with (
        a_proxy_that_resets_tunnels() as (url, asked),
        core.HTTPProxy(url, max_connections=2) as it,
    ):
        for _ in range(5):
            with pytest.raises((core.NetworkError, core.PoolTimeout)) as caught:
                it.request("GET", "https://pay.test/", extensions=TIMES)
            raised.append(caught.type)
    assert len(asked) == 2, f"{defect.package} {version(defect.package)} gives slots back, as it should"
    assert raised[2:] == [core.PoolTimeout] * 3


@pytest.mark.socket
def test_requests_asks_again_each_time():
    """It is not in the table, so nothing may excuse a service that calls with it."""
    with a_proxy_that_resets_tunnels() as (url, asked), requests.Session() as session:
        session.trust_env = False
        for _ in range(12):  # its pool keeps ten
            with pytest.raises(requests.RequestException):
                session.get("https://pay.test/", proxies={"https": url}, timeout=2.0)
    assert len(asked) == 12
