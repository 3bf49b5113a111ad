"""Certificates with exactly one thing wrong, for names that a client asks for."""

import datetime as dt
import ipaddress
from collections.abc import Callable
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chaoskit.core.frozen import frozen

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_DAY = dt.timedelta(days=1)
_LIFE = 30 * _DAY
_WRONG_HOST = "another-host.invalid"  # RFC 2606: never anybody's name
_MOST = 256
"""Certificates that are kept; names below a ``*.`` provider have no end."""


@frozen
class Signer:
    """A certificate authority: its certificate, and its key."""

    certificate: x509.Certificate
    key: Key


@frozen
class Shown:
    """What a client is shown: a certificate, its key, and what is sent along with it."""

    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()


class Forgery:
    """Makes them. ``clock`` returns the present, with a time zone; keys are made once, when first needed."""

    def __init__(self, authority: Signer, clock: Callable[[], dt.datetime]) -> None:
        self._authority = authority
        self._clock = clock
        self._made: dict[tuple[str, str], Shown] = {}

    def make(self, host: str, problem: str) -> Shown:
        """Return a certificate for ``host`` in which only that is wrong; always the same one."""
        found = self._made.get((host, problem))
        if found is None:
            if len(self._made) >= _MOST:
                self._made.clear()
            found = self._made[host, problem] = self._make(host, problem)
        return found

    def _make(self, host: str, problem: str) -> Shown:
        now = self._clock()
        start = now - _DAY
        match problem:
            case "expired":
                return Shown(self._leaf(host, now - _LIFE, stop=start), self._key)
            case "not_yet_valid":
                return Shown(self._leaf(host, now + _LIFE), self._key)
            case "wrong_host":
                return Shown(self._leaf(_WRONG_HOST, start), self._key)
            case "weak_key":
                return Shown(self._leaf(host, start, key=self._weak_key), self._weak_key)
            case "untrusted_ca":
                leaf = self._leaf(host, start, by=self._stranger)
                return Shown(leaf, self._key, (self._stranger.certificate,))
            case "incomplete_chain":
                return Shown(self._leaf(host, start, by=self.intermediate), self._key)
            case "self_signed":
                return Shown(self._leaf(host, start, by=None), self._key)
            case _:
                raise ValueError(f"unknown problem {problem!r}")

    @cached_property
    def _key(self) -> Key:
        return ec.generate_private_key(ec.SECP256R1())

    @cached_property
    def _weak_key(self) -> Key:
        return rsa.generate_private_key(65537, 1024)  # noqa: S505 - its weakness is the fault

    @cached_property
    def intermediate(self) -> Signer:
        """Signed by the project's CA, and never sent: with it the chain would be whole."""
        return self._make_signer("chaoskit intermediate", self._authority)

    @cached_property
    def _stranger(self) -> Signer:
        return self._make_signer("A CA that nobody trusts", None)

    def _make_signer(self, name: str, by: Signer | None) -> Signer:
        key = ec.generate_private_key(ec.SECP256R1())
        start = self._clock() - _DAY
        builder = (
            _builder(name, key, by, start, start + 2 * _LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(is_ca=True), critical=True)
        )
        return Signer(builder.sign(by.key if by else key, hashes.SHA256()), key)

    def _leaf(
        self,
        host: str,
        start: dt.datetime,
        *,
        stop: dt.datetime | None = None,
        key: Key | None = None,
        by: Signer | str | None = "the project's CA",
    ) -> x509.Certificate:
        signer = self._authority if isinstance(by, str) else by
        key = key or self._key
        builder = (
            _builder(host, key, signer, start, stop or start + _LIFE)
            .add_extension(x509.SubjectAlternativeName([_name(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(is_ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        return builder.sign(signer.key if signer else key, hashes.SHA256())


def _builder(
    name: str, key: Key, by: Signer | None, start: dt.datetime, stop: dt.datetime
) -> x509.CertificateBuilder:
    # a common name has at most 64 characters, and nobody reads it where there is a subjectAltName
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    issuer = by.certificate if by else None
    public = issuer.public_key() if issuer else key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(stop)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_authority_key(issuer, public), critical=False)
    )


def _authority_key(issuer: x509.Certificate | None, public: object) -> x509.AuthorityKeyIdentifier:
    if issuer is not None:
        try:
            own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        except x509.ExtensionNotFound:
            pass
        else:
            return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value)
    assert isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(public)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )
