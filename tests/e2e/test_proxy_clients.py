"""What real clients see of every fault, through the real worker and a real TLS provider.

``CHAOSKIT_WRITE_CLIENTS=1 pytest tests/e2e/test_proxy_clients.py`` writes docs/faults/clients.md from it.
"""

import json
import os
import platform
import re
import shutil
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import h2.exceptions
import httpx
import pytest
import requests

pytestmark = [
    pytest.mark.socket,
    pytest.mark.skipif(
        None in (shutil.which("curl"), shutil.which("node")),
        reason="curl or node is not on this machine (apt-get install curl nodejs)",
    ),
]
HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "faults" / "clients.md"
SIZE = 4000

# name, fault, path, what every client must see
FAULTS = [
    ("none", None, f"bytes/{SIZE}", "whole or late"),
    ("blackhole-request", "{blackhole: {}}", f"bytes/{SIZE}", "silence"),
    ("blackhole-response", "{blackhole: {at: response}}", f"bytes/{SIZE}", "silence"),
    ("delay-request", "{delay: {time: 400ms}}", f"bytes/{SIZE}", "late"),
    ("delay-first-byte", "{delay: {time: 400ms, before: first_byte}}", f"bytes/{SIZE}", "late"),
    ("error-before", "{error: {status: 503, body: sorry}}", f"bytes/{SIZE}", "status 503"),
    ("error-after", "{error: {status: 503, body: sorry, phase: after}}", f"bytes/{SIZE}", "status 503"),
    ("wrong-success", "{wrong_success: {}}", f"bytes/{SIZE}", "damaged"),
    ("challenge", "{challenge: {}}", f"bytes/{SIZE}", "status 403"),
    ("headers", "{headers: {oversize: 2kB}}", f"bytes/{SIZE}", "whole or late"),
    ("duplicate", "{duplicate: {}}", f"bytes/{SIZE}", "whole or late"),
    ("corrupt-bits", "{corrupt: {bits: 9}}", f"bytes/{SIZE}", "damaged"),
    ("corrupt-length", "{corrupt: {length: too_long}}", f"bytes/{SIZE}", "cut or silence"),
    ("disconnect-rst", "{disconnect: {how: rst}}", f"bytes/{SIZE}", "broken"),
    ("disconnect-fin", "{disconnect: {how: fin}}", f"bytes/{SIZE}", "broken"),
    ("disconnect-response-rst", "{disconnect: {at: response, how: rst}}", f"bytes/{SIZE}", "broken"),
    ("disconnect-after-rst", "{disconnect: {after: 1000B, how: rst}}", f"bytes/{SIZE}", "cut"),
    ("disconnect-after-fin", "{disconnect: {after: 1000B, how: fin}}", f"bytes/{SIZE}", "cut"),
    ("truncate", "{truncate: {keep_bytes: 1000B}}", f"bytes/{SIZE}", "short"),
    ("stall", "{stall: {after: 1000B}}", f"bytes/{SIZE}", "silence"),
    ("stall-chunks", "{stall: {chunks: 2}}", "events/9/5", "silence"),
    ("throttle", "{throttle: {rate: 8kB/s}}", f"bytes/{SIZE}", "late"),
    ("rate-limit", "{rate_limit: {limit: 1, window: 500s}}", f"bytes/{SIZE}", "status 429"),
    ("capacity", "{capacity: {rate: 0/s -> 1/s at 500s}}", f"bytes/{SIZE}", "status 503"),
    ("capacity-rst", "{capacity: {rate: 0/s -> 1/s at 500s, refuse: rst}}", f"bytes/{SIZE}", "broken"),
    ("connect-blackhole", "{blackhole: {at: connect}}", f"bytes/{SIZE}", "silence"),
    ("connect-rst", "{disconnect: {at: connect, how: rst}}", f"bytes/{SIZE}", "broken"),
    ("connect-fin", "{disconnect: {at: connect, how: fin}}", f"bytes/{SIZE}", "broken"),
    ("connect-delay", "{delay: {time: 400ms, before: connect}}", f"bytes/{SIZE}", "late"),
    ("connect-refuse", "refuse", f"bytes/{SIZE}", "broken"),
    ("connect-late", "{connect_delay: {time: 400ms}}", f"bytes/{SIZE}", "late"),
    ("connect-latency", "{latency: {time: 150ms}}", f"bytes/{SIZE}", "late"),
    ("connect-bandwidth", "{bandwidth: {rate: 8kB/s}}", f"bytes/{SIZE}", "late"),
    ("connect-slicer", "{slicer: {size: 100B, gap: 10ms}}", f"bytes/{SIZE}", "late"),
    ("connect-data-fin", "{limit_data: {bytes: 3kB}}", f"bytes/{SIZE}", "cut or broken"),
    ("connect-data-rst", "{limit_data: {bytes: 3kB, how: rst}}", f"bytes/{SIZE}", "cut or broken"),
    ("connect-data-silence", "{limit_data: {bytes: 3kB, how: silence}}", f"bytes/{SIZE}", "silence"),
    ("connect-time-fin", "{limit_time: {time: 900ms}}", "events/600/20", "cut or broken"),
    ("connect-time-rst", "{limit_time: {time: 900ms, how: rst}}", "events/600/20", "cut or broken"),
    ("connect-reset", "reset", f"bytes/{SIZE}", "broken"),
    ("connect-reset-answer", "{reset: {at: answer}}", f"bytes/{SIZE}", "broken"),
    ("connect-reset-after", "{reset: {after: 3kB}}", f"bytes/{SIZE}", "cut or broken"),
    ("connect-half-close", "{half_close: {bytes: 3kB}}", f"bytes/{SIZE}", "cut or broken"),
    ("connect-hello-stall", "{handshake_stall: {}}", f"bytes/{SIZE}", "silence"),
    ("connect-middle-stall", "{handshake_stall: {at: middle}}", f"bytes/{SIZE}", "silence"),
    ("connect-hello-delay", "{handshake_delay: {time: 400ms}}", f"bytes/{SIZE}", "late"),
    ("connect-hello-rst", "{disconnect: {at: handshake}}", f"bytes/{SIZE}", "broken"),
    ("connect-alert", "{tls_alert: {}}", f"bytes/{SIZE}", "broken"),
    ("connect-expired", "{certificate: {problem: expired}}", f"bytes/{SIZE}", "broken"),
    ("connect-wrong-host", "{certificate: {problem: wrong_host}}", f"bytes/{SIZE}", "broken"),
]
NOT_CONTACTED = {
    "capacity",
    "capacity-rst",
    "blackhole-request",
    "error-before",
    "wrong-success",
    "challenge",
    "disconnect-rst",
    "disconnect-fin",
}
CLIENTS = ("curl", "requests", "httpx", "httpx-h2", "node")


@dataclass
class Seen:
    """What one client saw: an answer, or an error of its own."""

    status: int | None = None
    size: int = 0
    is_damaged: bool = False
    error: str | None = None
    is_timeout: bool = False
    seconds: float = 0.0

    def verdict(self) -> str:
        if self.is_timeout:
            return "silence"
        if self.error is not None:
            return "cut" if self.status is not None or self.size else "broken"
        if self.status != 200:
            return f"status {self.status}"
        if self.is_damaged:
            return "damaged"
        if self.size < SIZE:
            return "short"
        return "late" if self.seconds >= 0.39 else "whole"


def host_of(name: str) -> str:
    return f"{name}.pay.example" if name.startswith("connect-") else "api.pay.example"


def url(name: str, client: str, path: str) -> str:
    return f"https://{host_of(name)}/{name}/{path}?{client}"


def with_curl(name, path, timeout, proxy, environment) -> Seen:
    form = "\n%{http_code} %{size_download} %{time_total} %{exitcode} %{errormsg}"
    out = subprocess.run(
        ["curl", "-sS", "--http1.1", "-m", str(timeout), "-w", form, url(name, "curl", path)],
        env=os.environ | environment,
        capture_output=True,
        check=False,
        timeout=30,
    )
    body, _, told = out.stdout.rpartition(b"\n")
    status, size, seconds, code, *message = told.decode().split(" ", 4)
    seen = Seen(int(status) or None, int(size), bool(body.strip(b"x")), None, code == "28", float(seconds))
    if code != "0":
        text = message[0] if message else ""
        seen.error = f"({code}) {text.split(' after ')[0].split(' with ')[0]}"
    return seen


def with_requests(name, path, timeout, proxy, environment) -> Seen:
    seen, began = Seen(), time.monotonic()
    try:
        with requests.get(
            url(name, "requests", path),
            proxies={"https": f"http://{proxy.address}"},
            verify=environment["REQUESTS_CA_BUNDLE"],
            timeout=timeout,
            stream=True,
        ) as answer:
            seen.status = answer.status_code
            for part in answer.iter_content(500):
                seen.size += len(part)
                seen.is_damaged |= bool(part.strip(b"x"))
    except requests.RequestException as problem:
        seen.error = f"{type(problem).__name__}: {innermost(problem)}"
        seen.is_timeout = "timed out" in str(problem)
    seen.seconds = time.monotonic() - began
    return seen


def with_httpx(name, path, timeout, proxy, environment, *, http2=False) -> Seen:
    seen, began = Seen(), time.monotonic()
    try:
        with (
            httpx.Client(
                http2=http2, proxy=f"http://{proxy.address}", verify=proxy.trust, timeout=timeout
            ) as client,
            client.stream("GET", url(name, "httpx-h2" if http2 else "httpx", path)) as answer,
        ):
            seen.status = answer.status_code
            if http2:
                assert answer.http_version == "HTTP/2" or name.startswith("connect-")
            for part in answer.iter_raw():
                seen.size += len(part)
                seen.is_damaged |= bool(part.strip(b"x"))
    except (httpx.HTTPError, h2.exceptions.ProtocolError) as problem:  # httpx lets h2's own escape
        seen.error = type(problem).__name__
        seen.is_timeout = isinstance(problem, httpx.TimeoutException)
    seen.seconds = time.monotonic() - began
    return seen


def with_node(cells, proxy, environment) -> list[Seen]:
    asked = [
        {
            "port": proxy.port,
            "host": host_of(name),
            "path": "/" + url(name, "node", path).split("/", 3)[3],
            "timeout": t,
        }
        for name, path, t in cells
    ]
    out = subprocess.run(
        ["node", HERE / "client.js"],
        input=json.dumps(asked).encode(),
        env=os.environ | environment,
        capture_output=True,
        check=True,
        timeout=50,
    )
    return [
        Seen(
            o["status"],
            o["size"],
            bool(o["text"].strip("x")),
            o["error"],
            o["error"] == "timeout",
            o["seconds"],
        )
        for o in json.loads(out.stdout)
    ]


def innermost(problem: BaseException) -> str:
    """The exception that a client wrapped, which retry logic often asks for."""
    while True:
        inside = [getattr(problem, "reason", None), *reversed(problem.args)]
        deeper = next((each for each in inside if isinstance(each, BaseException)), None)
        if deeper is None:
            return type(problem).__name__
        problem = deeper


def experiment(kit, port: int) -> dict:
    hosts = [name for name, *_ in FAULTS if name.startswith("connect-")]
    providers = "".join(
        f"  {name}: {{hosts: [{host_of(name)}], resolve: '127.0.0.1:{port}'}}\n" for name in ("pay", *hosts)
    ).replace("pay.pay.example", "api.pay.example")
    inject = "".join(
        f"  - {{id: {name}, provider: {name if name in hosts else 'pay'}, fault: {fault}, during: fault"
        + ("}\n" if name in hosts else f", match: {{path: /{name}/*}}}}\n")
        for name, fault, _, _ in FAULTS
        if fault is not None
    )
    text = (
        "version: 1\nname: t\ntarget: {url: http://127.0.0.1:1}\n"
        f"providers:\n{providers}proxy: {{upstream_ca: provider-ca.pem}}\n"
        "load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}\nphases: {fault: 600s}\n"
        f"inject:\n{inject}slos: [{{id: s, in: fault, availability: '>= 1%'}}]\n"
    )
    return kit.config(port, text=text)


@pytest.fixture
def matrix(kit):
    """Return what every client saw of every fault, the provider, and the proxy's record."""
    origin = kit.origin()
    proxy = kit.start(experiment(kit, origin.port)).ready()
    environment = kit.environment(proxy)
    proxy.trust = kit.trust(proxy)
    # a handshake before any fault is what teaches the proxy that the provider speaks HTTP/2
    assert with_httpx("none", f"bytes/{SIZE}", 15, proxy, environment, http2=True).error is None
    proxy.arm()
    # the rate limit is to have nothing left
    with_requests("rate-limit", f"bytes/{SIZE}", 15, proxy, environment)
    cells = [(name, path, 1.5 if "silence" in expected else 15) for name, _, path, expected in FAULTS]
    seen: dict[str, dict[str, Seen]] = {name: {} for name, *_ in FAULTS}
    with ThreadPoolExecutor(6) as pool:
        node = pool.submit(with_node, cells, proxy, environment)
        asked = {}
        for client, call in (("curl", with_curl), ("requests", with_requests), ("httpx", with_httpx)):
            for cell in cells:
                asked[cell[0], client] = pool.submit(call, *cell, proxy, environment)
        for cell in cells:
            asked[cell[0], "httpx-h2"] = pool.submit(with_httpx, *cell, proxy, environment, http2=True)
        for (name, client), future in asked.items():
            seen[name][client] = future.result()
        for (name, *_), one in zip(cells, node.result(), strict=True):
            seen[name]["node"] = one
    return seen, origin, proxy


def test_every_client_sees_every_fault_as_it_is_documented(matrix):
    seen, origin, proxy = matrix
    wrong = {
        (name, client): (expected, seen[name][client])
        for name, _, _, expected in FAULTS
        for client in CLIENTS
        if seen[name][client].verdict() not in expected.split(" or ")
    }
    assert wrong == {}
    for name in NOT_CONTACTED:
        assert not [call for call in origin.calls if f"/{name}/" in call], name
    calls = proxy.lines()
    for name, fault, _, expected in FAULTS:
        if fault is not None:
            its = [x for x in calls if x["provider"] == name or x["path"].startswith(f"/{name}/")]
            spared = [x for x in its if [each[0] for each in x["hits"]] != [name]]
            # on a busy machine, a caller of the impatient kind may leave before there is an answer to strike
            if "silence" not in expected:
                assert len(spared) == (name == "rate-limit"), spared
            assert all(x["drawn"] == [name] and (x["status"] in (None, 200)) for x in spared), spared
            assert 0 < len(its) <= len(CLIENTS) + 1, name
    if os.environ.get("CHAOSKIT_WRITE_CLIENTS"):
        PAGE.write_text(page(seen), encoding="utf-8")


def page(seen: dict[str, dict[str, Seen]]) -> str:
    curl = subprocess.run(["curl", "--version"], capture_output=True, check=True, text=True).stdout.split()[1]
    node = subprocess.run(["node", "--version"], capture_output=True, check=True, text=True).stdout.strip()
    rows = [
        f"| `{fault or 'none'}` | {expected.removesuffix(' or late')} | "
        + " | ".join(cell(seen[name][client]) for client in CLIENTS)
        + " |"
        for name, fault, _, expected in FAULTS
    ]
    return (
        INTRODUCTION.format(
            python=platform.python_version(),
            openssl=ssl.OPENSSL_VERSION,
            curl=curl,
            node=node,
            requests=requests.__version__,
            httpx=httpx.__version__,
            size=SIZE,
        )
        + "\n".join(rows)
        + "\n"
    )


def cell(seen: Seen) -> str:
    if seen.error is None:
        return f"{seen.status}, {seen.size} bytes" + (
            ", damaged" if seen.is_damaged and seen.status == 200 else ""
        )
    error = "its own timeout" if seen.error == "timeout" else seen.error
    error = re.sub(r"\b[0-9A-F]{16}:|:[^: ]*\.c:\d+", "", " ".join(error.split()))  # where in OpenSSL's code
    return f"{error}" + (f" after {seen.status}, {seen.size} bytes" if seen.status else "")


INTRODUCTION = """# What clients see

Written by `CHAOSKIT_WRITE_CLIENTS=1 pytest tests/e2e/test_proxy_clients.py` from what it saw, through the
real proxy and a TLS provider on this machine; not typed. Each client calls through CONNECT, asks for {size}
bytes (for `chunks`, nine events), and gives up by its own timeout. The second column is what the test
requires of every client:

- **whole**, **late**: the answer as it is, at once or after the delay
- **silence**: nothing (more) comes; the client's own timeout ends it
- **broken**: the connection ends before any answer; **cut**: in the middle of one
- **short**, **damaged**: good HTTP with less of the body, or with other bytes

Seen with curl {curl}, requests {requests}, httpx {httpx}, Node {node}, Python {python}, {openssl}.
Python before 3.12.3 shows a reset (RST) under TLS as an end (FIN): there, those two look alike in requests
and httpx. Faults of a connection (`at: connect`, `refuse`, ...) come after `200` to CONNECT: they look like
a failed connection and not like a broken proxy; those of the TLS handshake come after the hello. Over
HTTP/2 they strike every call on it. How many bytes
come before a `limit_time` differs from run to run. Over HTTP/2 (httpx-h2) a fault of one call ends its stream
(RST_STREAM), and the calls beside it go on. A provider that cannot be reached at all is shown as a closed
connection, never as a page of the proxy's own, and the record says why.

| fault | class | curl | requests | httpx | httpx-h2 | node |
| --- | --- | --- | --- | --- | --- | --- |
"""
