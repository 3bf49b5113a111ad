"""What clients see that resolve names themselves: a network of its own, whose only resolver is the proxy."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

from netns import Namespace, missing
from resolver import Resolver

WHY = missing()
pytestmark = [
    pytest.mark.socket,
    pytest.mark.broad,
    pytest.mark.skipif(WHY is not None, reason=str(WHY)),
    pytest.mark.skipif(
        None in (shutil.which("curl"), shutil.which("node")),
        reason="curl or node is not on this machine (apt-get install curl nodejs)",
    ),
]
URL = "https://api.pay.example/status/200"
NODE = f"""
require("https").get("{URL}", answer => {{ console.log(answer.statusCode); process.exit(0) }})
  .on("error", error => console.log(error.code || error.errors[0].code))
"""
PYTHON = """
import socket, ssl
try:
    sock = socket.create_connection(("api.pay.example", 443), 15)
    ssl.create_default_context().wrap_socket(sock, server_hostname="api.pay.example")
    print("connected")
except socket.gaierror as error:
    print(*(k for k in dir(socket) if k.startswith("EAI_") and getattr(socket, k) == error.errno))
except OSError as error:
    print(type(error).__name__)
"""
CLIENTS = {
    "curl": [
        "curl",
        "-sS",
        "--noproxy",
        "*",
        "-m",
        "15",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code} %{exitcode}",
        URL,
    ],
    "node": ["node", "-e", NODE],
    "python": [sys.executable, "-c", PYTHON],
}
UNRESOLVED = {"curl": {"000 6"}}
SEEN = {
    "none": {"curl": {"200 0"}, "node": {"200"}, "python": {"connected"}},
    "{dns_error: {}}": UNRESOLVED | {"node": {"ENOTFOUND"}, "python": {"EAI_NONAME"}},
    "{dns_error: {code: nodata}}": UNRESOLVED
    | {"node": {"ENOTFOUND"}, "python": {"EAI_NODATA", "EAI_NONAME"}},
    "{dns_error: {code: servfail}}": UNRESOLVED | {"node": {"EAI_AGAIN"}, "python": {"EAI_AGAIN"}},
    "{dns_error: {code: refused}}": UNRESOLVED | {"node": {"EAI_AGAIN"}, "python": {"EAI_AGAIN"}},
    "dns_timeout": {"curl": {"000 6", "000 28"}, "node": {"EAI_AGAIN"}, "python": {"EAI_AGAIN"}},
    "{dns_delay: {time: 400ms}}": {"curl": {"200 0"}, "node": {"200"}, "python": {"connected"}},
    "{dns_wrong_answer: {addresses: [127.0.0.9]}}": {
        "curl": {"000 7"},
        "node": {"ECONNREFUSED"},
        "python": {"ConnectionRefusedError"},
    },
    "{dns_family: {lose: ipv4}}": {"curl": {"200 0"}, "node": {"200"}, "python": {"connected"}},
    "{dns_family: {lose: ipv6}}": {"curl": {"200 0"}, "node": {"200"}, "python": {"connected"}},
}


@dataclass
class Net:
    """The namespace, a kit whose workers live in it, and a provider and a resolver in it too."""

    space: Namespace
    kit: object
    origin: object
    upstream: Resolver

    def serve(self, fault: str):
        inject = "[]" if fault == "none" else f"[{{id: i, provider: pay, fault: {fault}, during: fault}}]"
        # both families only where one of them is lost: what is at 127.0.0.9 must stay a closed port
        both = "family" in fault
        answer = "[127.0.0.1, '::1']" if both else "127.0.0.1"
        upstream = f"127.0.0.1:{self.upstream.port}"
        dns = f", dns: {{listen: '127.0.0.1:53', upstream: '{upstream}', answer: {answer}}}"
        listen = "[::]:443" if both else "127.0.0.1:443"
        proxy = self.kit.start(self.kit.config(self.origin.port, inject, proxy=dns, listen=listen))
        proxy.ready().arm()
        return proxy

    def run(self, client: str, proxy) -> tuple[str, float]:
        began = time.monotonic()
        out = subprocess.run(
            [*self.space.prefix, *CLIENTS[client]],
            env=os.environ | self.kit.environment(proxy) | {"HTTPS_PROXY": "", "https_proxy": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=40,
        )
        assert out.stdout, out.stderr
        return out.stdout.strip(), time.monotonic() - began


@pytest.fixture
def net(kit, tmp_path):
    conf = tmp_path / "resolv.conf"
    conf.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:2\n")
    with Namespace(conf) as space:
        inner = kit.within(space.prefix)
        with space.sockets():
            origin, upstream = inner.origin(), Resolver()
        with upstream:
            yield Net(space, inner, origin, upstream)


@pytest.mark.parametrize("fault", SEEN)
def test_a_client_that_resolves_names_sees(net, fault):
    proxy = net.serve(fault)
    seen, took = {}, {}
    for client in CLIENTS:
        seen[client], took[client] = net.run(client, proxy)
    assert {client: said in SEEN[fault][client] for client, said in seen.items()} == dict.fromkeys(
        seen, True
    ), seen
    if "delay" in fault:
        assert all(seconds >= 0.4 for seconds in took.values())
    if fault == "dns_timeout":
        assert all(seconds >= 1.9 for seconds in took.values())  # its resolver's own patience
    if fault != "none":
        proxy.settled(lambda told: told["hits"].get("i", 0) >= len(CLIENTS))
