"""Which TLS and which HTTP are agreed on while a fault bounds them."""

import shutil
import socket
import ssl
import subprocess
import time

import httpx
import pytest

pytestmark = [pytest.mark.socket, pytest.mark.broad]
WHEN = "{from: fault + 1s, for: 500s}"


def inject(fault: str) -> str:
    return f"[{{id: i, provider: pay, fault: {fault}, during: {WHEN}}}]"


@pytest.fixture
def worker(kit):
    """A worker that has learned what its provider speaks, before the fault began."""

    def start(fault: str, *, h2: bool = True):
        proxy = kit.worker(kit.origin(h2=h2), inject(fault))
        handshake(kit, proxy, alpn=["h2", "http/1.1"]).close()
        proxy.arm(time.monotonic() - 1)
        return proxy

    return start


def handshake(kit, proxy, *, alpn=(), oldest=None, newest=None, ciphers=None) -> ssl.SSLSocket:
    trust = kit.trust(proxy)
    trust.minimum_version = oldest or ssl.TLSVersion.MINIMUM_SUPPORTED
    trust.maximum_version = newest or ssl.TLSVersion.MAXIMUM_SUPPORTED
    if ciphers:
        trust.set_ciphers(ciphers)
    if alpn:
        trust.set_alpn_protocols(alpn)
    sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
    sock.settimeout(10)
    sock.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\n\r\n".encode())
    assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    return trust.wrap_socket(sock, server_hostname=kit.host)


def hits(proxy) -> list:
    return [line["hits"] for line in proxy.lines() if line["eligible"] == ["i"]]


def test_a_client_that_can_speaks_the_older_tls_and_is_answered(worker, kit):
    proxy = worker("{tls_version: {highest: 1.2}}")
    with handshake(kit, proxy) as tls:
        assert tls.version() == "TLSv1.2"
        tls.sendall(b"GET /bytes/3 HTTP/1.1\r\nHost: api.pay.example\r\n\r\n")
        assert tls.recv(1000).startswith(b"HTTP/1.1 200")
    assert hits(proxy) == [[["i", "negotiate"]]]


def test_a_client_that_insists_on_newer_tls_gets_the_alert(worker, kit):
    proxy = worker("{tls_version: {highest: 1.2}}")
    with pytest.raises(ssl.SSLError, match="alert protocol version"):
        handshake(kit, proxy, oldest=ssl.TLSVersion.TLSv1_3)
    assert hits(proxy) == [[["i", "alert"]]]


def test_a_client_that_offers_nothing_newer_is_not_a_hit(worker, kit):
    proxy = worker("{tls_version: {highest: 1.2}}")
    assert handshake(kit, proxy, newest=ssl.TLSVersion.TLSv1_2).version() == "TLSv1.2"
    assert hits(proxy) == [[]]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_curl_is_served_in_tls_1_2_and_locked_out_if_it_insists(worker, kit):
    proxy = worker("{tls_version: {highest: 1.2}}")

    def curl(*more):
        out = subprocess.run(
            [
                *("curl", "-sSv", "-m", "5", "-x", f"http://{proxy.address}", "--cacert", kit.own_ca),
                *(*more, f"https://{kit.host}/bytes/3"),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        return out.returncode, out.stdout, out.stderr

    code, body, said = curl()
    assert (code, body) == (0, "xxx")
    assert "SSL connection using TLSv1.2" in said
    code, _, said = curl("--tlsv1.3")
    assert code == 35
    assert "alert protocol version" in said


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated:DeprecationWarning")
@pytest.mark.parametrize(("highest", "version"), [("1.1", "TLSv1.1"), ("1.0", "TLSv1")])
def test_ancient_tls_is_really_spoken(highest, version, worker, kit):
    proxy = worker(f"{{tls_version: {{highest: {highest}}}}}")
    bounds = {"oldest": ssl.TLSVersion.TLSv1, "newest": ssl.TLSVersion.TLSv1_2}
    tls = handshake(kit, proxy, **bounds, ciphers="DEFAULT@SECLEVEL=0")
    assert tls.version() == version
    assert hits(proxy) == [[["i", "negotiate"]]]


def test_a_client_of_http2_speaks_http1_while_its_provider_has_no_http2(worker, kit):
    proxy = worker("{alpn: {only: [http/1.1]}}")
    with httpx.Client(http2=True, proxy=f"http://{proxy.address}", verify=kit.trust(proxy)) as client:
        assert client.get(f"https://{kit.host}/bytes/3").http_version == "HTTP/1.1"
    assert hits(proxy) == [[["i", "negotiate"]]]


@pytest.mark.parametrize(("h2", "alpn"), [(True, ["http/1.1"]), (True, []), (False, ["h2", "http/1.1"])])
def test_a_client_that_loses_nothing_is_not_a_hit(h2, alpn, worker, kit):
    proxy = worker("{alpn: {only: [http/1.1]}}", h2=h2)
    assert handshake(kit, proxy, alpn=alpn).selected_alpn_protocol() == ("http/1.1" if alpn else None)
    assert hits(proxy) == [[]]


@pytest.mark.parametrize(("only", "alpn"), [("[]", ["h2", "http/1.1"]), ("[http/1.1]", ["h2"])])
def test_nothing_in_common_is_an_alert(only, alpn, worker, kit):
    proxy = worker(f"{{alpn: {{only: {only}}}}}")
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        handshake(kit, proxy, alpn=alpn)
    assert hits(proxy) == [[["i", "alert"]]]


def test_a_bounded_handshake_with_a_wrong_certificate_has_both(kit):
    proxy = kit.worker(
        kit.origin(),
        f"[{{id: i, provider: pay, fault: {{tls_version: {{highest: 1.2}}}}, during: {WHEN}}},"
        f" {{id: j, provider: pay, fault: {{certificate: {{problem: expired}}}}, during: {WHEN}}}]",
    )
    proxy.arm(time.monotonic() - 1)
    trust = ssl.create_default_context()
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as sock:
        sock.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\n\r\n".encode())
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
        with trust.wrap_socket(sock, server_hostname=kit.host) as tls:
            assert tls.version() == "TLSv1.2"
    assert [line["hits"] for line in proxy.lines()] == [[["i", "negotiate"], ["j", "certify"]]]


def test_what_a_handshake_suffered_is_told_by_the_first_call_on_it_and_counted_once(worker, kit):
    proxy = worker("{tls_version: {highest: 1.2}}")
    with handshake(kit, proxy) as tls:
        for _ in range(2):
            tls.sendall(b"GET /bytes/0 HTTP/1.1\r\nHost: api.pay.example\r\n\r\n")
            assert tls.recv(1000).startswith(b"HTTP/1.1 200")
    lines = proxy.lines()
    assert [(line["call"], line["hits"]) for line in lines] == [(True, [["i", "negotiate"]]), (True, [])]
    assert proxy.latest["seen"] == {"pay": 2}
    assert proxy.latest["hits"] == {"i": 1}
