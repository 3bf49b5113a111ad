"""What real clients say of each wrong certificate: that one problem, and none where they do not verify."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import httpx
import pytest
import requests

pytestmark = pytest.mark.socket
HERE = Path(__file__).parent
OPENSSL = {
    "expired": "certificate has expired",
    "not_yet_valid": "certificate is not yet valid",
    "wrong_host": "(?i)hostname mismatch|no alternative certificate subject name",
    "untrusted_ca": "self-signed certificate in certificate chain",
    "self_signed": "self-signed certificate$|self-signed certificate [(]",
    "incomplete_chain": "unable to get local issuer certificate",
    "weak_key": "EE certificate key too weak",
}
# None: it takes a key of 1024 bits (Node 20 at OpenSSL's security level 1, Java 17)
NODE = {
    "expired": "CERT_HAS_EXPIRED",
    "not_yet_valid": "CERT_NOT_YET_VALID",
    "wrong_host": "ERR_TLS_CERT_ALTNAME_INVALID",
    "untrusted_ca": "SELF_SIGNED_CERT_IN_CHAIN",
    "self_signed": "DEPTH_ZERO_SELF_SIGNED_CERT",
    "incomplete_chain": "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "weak_key": "None|CA_MD_TOO_WEAK|EE_KEY_TOO_SMALL|key too weak",
}
JAVA = {
    "expired": "SSLHandshakeException.*CertificateExpiredException",
    "not_yet_valid": "SSLHandshakeException.*CertificateNotYetValidException",
    "wrong_host": "SSLHandshakeException.*No subject alternative DNS name matching",
    "untrusted_ca": "SSLHandshakeException.*unable to find valid certification path",
    "self_signed": "SSLHandshakeException.*unable to find valid certification path",
    "incomplete_chain": "SSLHandshakeException.*unable to find valid certification path",
    "weak_key": "HTTP_2|SSLHandshakeException",
}


def host_of(problem: str) -> str:
    return f"{problem.replace('_', '-')}.pay.example"


@pytest.fixture
def proxy(kit):
    """A worker with one provider for each problem."""
    origin = kit.origin()
    providers = "".join(
        f"  {each}: {{hosts: [{host_of(each)}], resolve: '127.0.0.1:{origin.port}'}}\n" for each in OPENSSL
    )
    inject = "".join(
        f"  - {{id: {each}, provider: {each}, fault: {{certificate: {{problem: {each}}}}}, during: fault}}\n"
        for each in OPENSSL
    )
    text = (
        "version: 1\nname: t\ntarget: {url: http://127.0.0.1:1}\n"
        f"providers:\n{providers}proxy: {{upstream_ca: provider-ca.pem}}\n"
        "load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}\nphases: {fault: 600s}\n"
        f"inject:\n{inject}slos: [{{id: s, in: fault, availability: '>= 1%'}}]\n"
    )
    proxy = kit.start(kit.config(origin.port, text=text)).ready()
    proxy.arm()
    proxy.origin = origin
    return proxy


def unlike(seen: dict[str, str], expected: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {
        problem: (expected[problem], said)
        for problem, said in seen.items()
        if not re.search(expected[problem], said, re.MULTILINE)
    }


def all_are_hits(proxy, times: int = 1) -> bool:
    lines = [line for line in proxy.lines() if line["eligible"]]
    return len(lines) == times * len(OPENSSL) and all(
        line["hits"] == [[line["provider"], "certify"]] and line["drawn"] == [line["provider"]]
        for line in lines
    )


def test_requests_names_the_problem(proxy, kit):
    seen = {}
    for problem in OPENSSL:
        with pytest.raises(requests.exceptions.SSLError) as caught:
            requests.get(
                f"https://{host_of(problem)}/x",
                proxies={"https": f"http://{proxy.address}"},
                verify=kit.own_ca,
                timeout=5,
            )
        seen[problem] = str(caught.value)
    assert unlike(seen, OPENSSL) == {}
    assert proxy.origin.calls == []
    assert all_are_hits(proxy)


def test_httpx_names_the_problem(proxy, kit):
    seen = {}
    for problem in OPENSSL:
        with (
            httpx.Client(http2=True, proxy=f"http://{proxy.address}", verify=kit.trust(proxy)) as client,
            pytest.raises(httpx.ConnectError) as caught,
        ):
            client.get(f"https://{host_of(problem)}/x")
        seen[problem] = str(caught.value)
    assert unlike(seen, OPENSSL) == {}
    assert all_are_hits(proxy)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_curl_names_the_problem_and_gets_its_answer_if_it_does_not_verify(proxy, kit):
    def curl(problem, *more):
        out = subprocess.run(
            [
                *("curl", "-sS", "-m", "5", "-x", f"http://{proxy.address}"),
                *(*more, f"https://{host_of(problem)}/bytes/5"),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        return out.returncode, out.stdout + out.stderr

    seen = {}
    for problem in OPENSSL:
        code, seen[problem] = curl(problem, "--cacert", kit.own_ca)
        assert code == 60, seen
        assert curl(problem, "-k") == (0, "xxxxx")
    assert unlike(seen, OPENSSL) == {}
    assert all_are_hits(proxy, 2)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
def test_node_names_the_problem(proxy, kit):
    cells = [{"port": proxy.port, "host": host_of(each), "path": "/x", "timeout": 5} for each in OPENSSL]
    out = subprocess.run(
        ["node", HERE / "client.js"],
        input=json.dumps(cells).encode(),
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(kit.own_ca)},
        capture_output=True,
        check=True,
        timeout=30,
    )
    said = [str(each["error"]) for each in json.loads(out.stdout)]
    assert unlike(dict(zip(OPENSSL, said, strict=True)), NODE) == {}
    assert all_are_hits(proxy)


@pytest.mark.broad
@pytest.mark.skipif(shutil.which("java") is None, reason="java is not on this machine")
def test_java_names_the_problem(proxy, kit):
    hosts = ",".join(host_of(each) for each in OPENSSL)
    out = subprocess.run(
        ["java", HERE / "Client.java", hosts, str(proxy.port), kit.own_ca],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    assert unlike(dict(zip(OPENSSL, out.stdout.splitlines(), strict=True)), JAVA) == {}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")
def test_openssl_names_the_problem(proxy, kit):
    seen = {}
    for problem in OPENSSL:
        out = subprocess.run(
            [
                *("openssl", "s_client", "-proxy", proxy.address, "-connect", f"{host_of(problem)}:443"),
                *("-servername", host_of(problem), "-verify_hostname", host_of(problem)),
                *("-CAfile", kit.own_ca, "-verify_return_error", "-cipher", "DEFAULT@SECLEVEL=2"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=20,
        )
        seen[problem] = (out.stdout + out.stderr).decode("utf-8", "replace")
    assert unlike(seen, OPENSSL) == {}


def test_a_session_from_before_the_fault_does_not_spare_a_client_the_certificate(kit):
    during = "{from: fault + 1s, for: 500s}"
    inject = f"[{{id: i, provider: pay, fault: {{certificate: {{problem: expired}}}}, during: {during}}}]"
    proxy = kit.worker(kit.origin(h2=False), inject)
    trust = kit.trust(proxy)
    trust.maximum_version = ssl.TLSVersion.TLSv1_2  # its session is there once the handshake is over
    first = handshake(kit, proxy, trust)
    again = handshake(kit, proxy, trust, first.session)
    assert again.session_reused  # without the fault it would be
    proxy.arm(time.monotonic() - 1)
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired"):
        handshake(kit, proxy, trust, first.session)


def handshake(kit, proxy, trust, session=None):
    sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
    sock.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\n\r\n".encode())
    assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    return trust.wrap_socket(sock, server_hostname=kit.host, session=session)
