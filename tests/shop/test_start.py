"""Before the demo starts: its certificates, its addresses, and its refusal to start without a proxy."""

import re
import socket
import ssl
import stat

import pytest
from cryptography import x509

from chaoskit_shop.addresses import DemoError, parse
from chaoskit_shop.certificates import bundle, ensure, main
from chaoskit_shop.hosts import HOSTS
from chaoskit_shop.shop.safety import demand_private, demand_proxy, demand_safety, private_only


def test_certificates_are_the_same_in_the_next_run(tmp_path):
    before = contents(tmp_path, ensure(tmp_path))
    assert contents(tmp_path, ensure(tmp_path)) == before


def test_each_host_has_a_certificate_of_the_demo_authority_and_a_key_that_only_the_owner_reads(tmp_path):
    made = ensure(tmp_path)
    authority = x509.load_pem_x509_certificate(made.ca.read_bytes())
    assert sorted(made.hosts) == sorted(HOSTS)
    for host, pair in made.hosts.items():
        found = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        found.verify_directly_issued_by(authority)
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [host]
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(pair.certificate, pair.key)
    keys = list(tmp_path.glob("*-key.pem"))
    assert len(keys) == len(HOSTS) + 1
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def test_what_a_crash_left_half_written_is_made_anew_and_the_rest_is_kept(tmp_path):
    made = ensure(tmp_path)
    before = contents(tmp_path, made)
    broken = made.hosts[HOSTS[0]]
    broken.certificate.write_bytes(broken.certificate.read_bytes()[:100])
    after = contents(tmp_path, ensure(tmp_path))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {broken.certificate.name, broken.key.name}


def test_a_lost_authority_takes_its_certificates_with_it(tmp_path):
    made = ensure(tmp_path)
    made.ca.unlink()
    again = ensure(tmp_path)
    authority = x509.load_pem_x509_certificate(again.ca.read_bytes())
    for pair in again.hosts.values():
        x509.load_pem_x509_certificate(pair.certificate.read_bytes()).verify_directly_issued_by(authority)


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({}, "expected HTTPS_PROXY to name chaoskit's proxy, got nothing"),
        ({"HTTPS_PROXY": ""}, "got nothing"),
        ({"HTTPS_PROXY": "http://proxy.company.example:3128"}, "got `proxy.company.example`"),
        ({"HTTPS_PROXY": "10.0.0.7:3128"}, "got `10.0.0.7`"),
        ({"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "*"}, "leave api.stripe.com to the proxy"),
        ({"https_proxy": "http://127.0.0.1:1", "no_proxy": "stripe.com"}, "leave api.stripe.com"),
    ],
)
def test_the_shop_stays_off_where_a_call_could_reach_a_real_provider(environment, complaint):
    with pytest.raises(DemoError, match=re.escape(complaint)):
        demand_proxy(environment)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4000", "http://localhost:4000", "http://[::1]:4000", "127.0.0.1:1"]
)
def test_a_proxy_on_this_machine_is_accepted(url):
    demand_proxy({"HTTPS_PROXY": url, "NO_PROXY": "localhost,127.0.0.1,::1"})


def test_a_proxy_elsewhere_is_accepted_only_by_name():
    demand_proxy({"HTTPS_PROXY": "http://chaoskit:4000"}, "chaoskit")


def looked(**known: str | None):
    """Return what stands in for getaddrinfo: it knows these names; one with None leads nowhere."""

    def look(host, port, **_):
        address = known[host.replace(".", "_")]
        if address is None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in address.split()]

    return look


@pytest.mark.parametrize("address", ["10.0.0.7", "172.18.0.2", "192.168.1.1", "127.0.0.1", "fd00::1", None])
def test_names_of_a_private_network_need_no_proxy(address):
    demand_private(["a.b"], looked(a_b=address))


@pytest.mark.parametrize(
    "address", ["198.41.0.4", "10.0.0.7 198.41.0.4", "100.64.0.1", "2001:503:ba3e::2:30"]
)
def test_one_name_that_leads_outside_keeps_the_shop_off(address):
    with pytest.raises(
        DemoError, match=r"expected c\.d to lead to a fake provider in a private network, got"
    ):
        demand_private(["a.b", "c.d"], looked(a_b="10.0.0.7", c_d=address))


def test_what_a_name_server_says_later_is_not_believed_either():
    look = private_only(looked(a_b="198.41.0.4", c_d="198.41.0.4 10.0.0.7", e_f=None))
    with pytest.raises(socket.gaierror, match="the demo keeps to its private network"):
        look("a.b", 443)
    assert [each[4] for each in look("c.d", 443)] == [("10.0.0.7", 443)]
    with pytest.raises(socket.gaierror, match="unknown"):
        look("e.f", 443)


def test_the_private_network_has_to_be_asked_for():
    with pytest.raises(DemoError, match="expected HTTPS_PROXY"):
        demand_safety({"SHOP_NETWORK": ""})
    with pytest.raises(DemoError, match="expected SHOP_NETWORK to be `private` or nothing, got `yes`"):
        demand_safety({"SHOP_NETWORK": "yes"})


def test_a_bundle_has_the_two_authorities_and_no_other(tmp_path, capsys):
    demo, ca = tmp_path / "demo", tmp_path / "ca"
    assert main(["--folder", str(demo), "--ca", str(ca)]) == 0
    subjects = [
        each.subject.rfc4514_string()
        for each in x509.load_pem_x509_certificates((demo / "bundle.pem").read_bytes())
    ]
    assert subjects == ["CN=chaoskit demo CA", "O=chaoskit,CN=chaoskit project CA"]
    assert capsys.readouterr().out == f"{demo / 'bundle.pem'}\n{demo / 'demo-ca.pem'}\n"
    assert bundle(demo, [demo / "demo-ca.pem"]).read_bytes() == (demo / "demo-ca.pem").read_bytes()


def test_an_address_is_a_port_or_a_host_with_a_port():
    assert (parse("8081"), parse("0.0.0.0:80")) == (("127.0.0.1", 8081), ("0.0.0.0", 80))
    for text in ("", "host", ":80", "127.0.0.1:99999", "127.0.0.1:-1"):
        with pytest.raises(DemoError, match="expected an address such as"):
            parse(text)


def contents(folder, _) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.pem")}
