"""An answer that ends where its connection does: what real clients make of a late end, in both lanes."""

import json
import shutil
import subprocess
import time

import httpx
import pytest
import requests

pytestmark = [
    pytest.mark.socket,
    pytest.mark.broad,
    pytest.mark.skipif(
        None in (shutil.which("curl"), shutil.which("node")),
        reason="curl or node is not on this machine (apt-get install curl nodejs)",
    ),
]
BODY = "x" * 4000
LANES = {"splice": "tcp://api.pay.example:80", "mitm": "http://api.pay.example"}
NODE = (
    "const t = Date.now(); require('http').get(process.argv[1], a => { let n = 0;"
    "a.on('data', d => n += d.length).on('end', () => console.log(JSON.stringify([n, Date.now() - t]))) })"
)


async def until_the_end(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + BODY.encode())
    await writer.drain()


def with_curl(url):
    done = subprocess.run(["curl", "-sS", "-m", "30", url], capture_output=True, check=True, timeout=40)
    return len(done.stdout)


def with_node(url):
    done = subprocess.run(["node", "-e", NODE, url], capture_output=True, check=True, timeout=40)
    return json.loads(done.stdout)[0]


CLIENTS = {
    "curl": with_curl,
    "node": with_node,
    "requests": lambda url: len(requests.get(url, timeout=30).content),
    "httpx": lambda url: len(httpx.get(url, timeout=30).content),
}


@pytest.fixture(params=LANES)
def start(request, kit):
    def begin(fault):
        proxy = kit.worker(
            kit.origin(tls=False, raw=until_the_end),
            f"[{{id: i, provider: pay, fault: {fault}, during: fault}}]",
            provider=f", reverse: '127.0.0.1:0', base: '{LANES[request.param]}'",
        )
        proxy.arm()
        return proxy, f"http://{proxy.reverse['pay']}/"

    return begin


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_that_waits_for_the_end_waits_for_a_late_one(start, client):
    proxy, url = start("{slow_close: {time: 1s}}")
    began = time.monotonic()
    assert CLIENTS[client](url) == len(BODY)
    assert time.monotonic() - began >= 1
    proxy.settled(lambda told: told["hits"] == {"i": 1})


def test_a_half_closed_answer_looks_whole_where_nothing_tells_its_length(start):
    proxy, url = start("{half_close: {bytes: 1000B}}")
    assert 800 < with_curl(url) < 1000
    proxy.settled(lambda told: told["hits"] == {"i": 1})
