"""In each certificate exactly one thing is wrong: OpenSSL says which, and is content without it."""

import datetime as dt
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from chaoskit.proxy import ca
from chaoskit.proxy.forgery import Forgery, Signer

HOST = "api.pay.example"
NOW = dt.datetime.now(dt.UTC)
PROBLEMS = {
    "expired": "certificate has expired",
    "not_yet_valid": "certificate is not yet valid",
    "wrong_host": "hostname mismatch",
    "untrusted_ca": "self-signed certificate in certificate chain",
    "self_signed": "self-signed certificate",
    "incomplete_chain": "unable to get local issuer certificate",
    "weak_key": "EE certificate key too weak",
}
# what makes up for the one thing, so that any other would show; the CA is two days old
REMEDIES = {
    "expired": ["-attime", str(int((NOW - dt.timedelta(hours=36)).timestamp()))],
    "not_yet_valid": ["-attime", str(int((NOW + dt.timedelta(days=31)).timestamp()))],
    "wrong_host": ["-verify_hostname", "another-host.invalid"],
    "untrusted_ca": ["-CAfile", "chain.pem"],
    "self_signed": ["-CAfile", "leaf.pem"],
    "incomplete_chain": ["-untrusted", "intermediate.pem"],
    "weak_key": ["-auth_level", "1"],
}


@pytest.fixture
def folder(tmp_path):
    ca.create(tmp_path, NOW)
    return tmp_path


@pytest.fixture
def forgery(folder):
    text = (folder / "mitmproxy-ca.pem").read_bytes()
    authority = Signer(x509.load_pem_x509_certificate(text), load_pem_private_key(text, None))
    return Forgery(authority, lambda: NOW)


def verify(folder, shown, *more):
    """Return what OpenSSL says, as a client that checks the host at today's usual security level."""
    (folder / "leaf.pem").write_bytes(shown.certificate.public_bytes(Encoding.PEM))
    chain = b"".join(each.public_bytes(Encoding.PEM) for each in shown.chain)
    (folder / "chain.pem").write_bytes(chain)
    names = [] if "-verify_hostname" in more else ["-verify_hostname", HOST]
    level = [] if "-auth_level" in more else ["-auth_level", "2"]
    sent = ["-untrusted", "chain.pem"] if chain else []
    trusted = [] if "-CAfile" in more else ["-CAfile", "mitmproxy-ca-cert.pem"]
    out = subprocess.run(
        [
            *("openssl", "verify", "-x509_strict", "-purpose", "sslserver"),
            *(*trusted, *sent, *names, *level, *more),
            "leaf.pem",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    return (out.stdout + out.stderr).lower()


@pytest.mark.parametrize("problem", PROBLEMS)
def test_it_is_refused_for_its_one_problem(problem, forgery, folder):
    assert PROBLEMS[problem].lower() in verify(folder, forgery.make(HOST, problem))


@pytest.mark.parametrize("problem", PROBLEMS)
def test_nothing_else_is_wrong_with_it(problem, forgery, folder):
    shown = forgery.make(HOST, problem)
    (folder / "intermediate.pem").write_bytes(forgery.intermediate.certificate.public_bytes(Encoding.PEM))
    assert "leaf.pem: ok" in verify(folder, shown, *REMEDIES[problem])


def test_the_same_name_is_shown_the_same_certificate_and_another_name_its_own(forgery):
    one = forgery.make(HOST, "expired")
    assert forgery.make(HOST, "expired") is one
    assert forgery.make("x.pay.example", "expired").certificate != one.certificate
    assert forgery.make(HOST, "self_signed").certificate != one.certificate


def test_names_without_end_do_not_fill_the_memory(forgery):
    for number in range(600):
        forgery.make(f"{number}.pay.example", "expired")
    assert len(forgery._made) <= 256


def test_an_address_is_certified_as_an_address(forgery):
    shown = forgery.make("127.0.0.1", "expired")
    names = shown.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_a_name_longer_than_a_common_name_may_be_is_certified(forgery):
    host = ".".join(["a" * 40] * 4)
    shown = forgery.make(host, "wrong_host")
    assert shown.certificate
    assert forgery.make(host, "expired").certificate.extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    ).value.get_values_for_type(x509.DNSName) == [host]


def test_what_it_does_not_know_is_refused(forgery):
    with pytest.raises(ValueError, match="unknown problem 'revoked'"):
        forgery.make(HOST, "revoked")
