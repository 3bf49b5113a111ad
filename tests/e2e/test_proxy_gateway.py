"""A gateway: the providers' names lead here, and no client knows of a proxy."""

import os
import shutil
import socket
import ssl
import subprocess

import pytest

from calling import curl, fault

pytestmark = [
    pytest.mark.socket,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine"),
]
GATEWAY = ", gateway: 127.0.0.1:0"
NODE = """
const port = Number(process.argv[1]);
const lookup = (_, options, done) =>
  options.all ? done(null, [{address: '127.0.0.1', family: 4}]) : done(null, '127.0.0.1', 4);
require('https').get({host: 'api.pay.example', port, path: '/bytes/9', lookup}, (answer) => {
  answer.resume();
  answer.on('end', () => console.log(answer.statusCode));
});
"""


def gateway(kit, origin, inject="[]", **more):
    proxy = kit.start(kit.config(origin.port, inject, proxy=GATEWAY, **more))
    told = proxy.expect("ready")
    proxy.address, proxy.gateway = told["listen"], int(told["gateway"][0].rpartition(":")[2])
    return proxy


def test_tls_is_routed_by_its_name(kit):
    origin = kit.origin()
    proxy = gateway(kit, origin, fault("{error: {status: 503}}"))
    args = ("--connect-to", f"::127.0.0.1:{proxy.gateway}", "--cacert", str(kit.own_ca))

    assert curl(*args, "https://api.pay.example/bytes/9")[:3] == (200, 0, b"x" * 9)
    proxy.arm()
    assert curl(*args, "https://api.pay.example/bytes/9")[:2] == (503, 0)
    assert [each["status"] for each in proxy.lines() if each["call"]] == [200, 503]


def test_plain_http_is_routed_by_its_host(kit):
    proxy = gateway(kit, kit.origin(tls=False), fault("{error: {status: 503}}"))
    args = ("--connect-to", f"::127.0.0.1:{proxy.gateway}")

    assert curl(*args, "http://api.pay.example/bytes/9")[:2] == (200, 0)
    proxy.arm()
    assert curl(*args, "http://api.pay.example/bytes/9")[:2] == (503, 0)


def test_what_belongs_to_no_provider_is_refused_and_said_so(kit):
    proxy = gateway(kit, kit.origin())
    args = ("--connect-to", f"::127.0.0.1:{proxy.gateway}")

    status, code, body, _ = curl(*args, "http://unknown.example/")
    assert (status, code) == (421, 0)
    assert b"belongs to no provider" in body
    _, code, _, said = curl(*args, "https://unknown.example/")
    assert code == 35
    assert "unrecognized name" in said
    with (
        socket.create_connection(("127.0.0.1", proxy.gateway), timeout=8) as sock,
        pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"),
    ):
        ssl._create_unverified_context().wrap_socket(sock)


def test_a_gateway_is_no_proxy(kit):
    proxy = gateway(kit, kit.origin())

    assert curl("-x", f"127.0.0.1:{proxy.gateway}", "https://api.pay.example/")[1] != 0
    with socket.create_connection(("127.0.0.1", proxy.gateway), timeout=8) as sock:
        sock.sendall(b"\x05\x01\x00")
        assert sock.recv(10) == b""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
def test_node_needs_no_proxy_setting(kit):
    proxy = gateway(kit, kit.origin(), fault("{error: {status: 503}}"))
    proxy.arm()
    out = subprocess.run(
        ["node", "-e", NODE, str(proxy.gateway)],
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(kit.folder / "ca" / "mitmproxy-ca-cert.pem")},
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert out.stdout == b"503\n", out.stderr


def test_a_name_that_leads_back_to_the_gateway_is_an_error_and_no_loop(kit, free_port):
    config = kit.config(1, proxy=f", gateway: '127.0.0.1:{free_port}'")
    text = config["text"].replace(f"{kit.host}], resolve: '127.0.0.1:1'", "localhost]")
    proxy = kit.start(config | {"text": text})

    assert proxy.expect("failed") == (
        "proxy.gateway: localhost leads to 127.0.0.1, which is this proxy itself, so pay cannot be reached; "
        "set providers.pay.resolve to its real address, or proxy.resolver to a name server that knows it"
    )
