"""The demo's own certificate authority, and a certificate for each host name that it stands in for.

``demo-ca.pem`` is what ``proxy.upstream_ca`` of an experiment points at. The proxy reads it before the target
starts, so it is made beforehand: ``python -m chaoskit_shop.certificates --folder DIR``. With ``--ca DIR``,
chaoskit's own authority is made there too, and ``bundle.pem`` is what a shop in a container believes.
"""

import argparse
import contextlib
import fcntl
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chaoskit.core.frozen import frozen
from chaoskit_shop.hosts import HOSTS

FOLDER = Path(".chaoskit/demo")
_LIFETIME = timedelta(days=365)
_RENEWED_BEFORE = timedelta(days=7)
_CA_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chaoskit demo CA")])


@frozen
class Pair:
    """A certificate and its key, both PEM files. Only the owner may read the key."""

    certificate: Path
    key: Path


@frozen
class Certificates:
    """The files of one folder."""

    ca: Path
    hosts: dict[str, Pair]


def ensure(folder: Path, hosts: Sequence[str] = HOSTS) -> Certificates:
    """Return the folder's certificates, and make those that are missing or run out within a week.

    Stable from run to run: what is good is kept, byte for byte. Two processes may call it at once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / "lock"):
        now = datetime.now(UTC)
        ca = Pair(folder / "demo-ca.pem", folder / "demo-ca-key.pem")
        if not _is_good(ca, ca, now):
            _make(ca, _CA_NAME, None, now)
        pairs = {host: Pair(folder / f"{host}.pem", folder / f"{host}-key.pem") for host in hosts}
        for host, pair in pairs.items():
            if not _is_good(pair, ca, now):
                name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
                _make(pair, name, (ca, host), now)
    return Certificates(ca.certificate, pairs)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield


def _is_good(pair: Pair, issuer: Pair, now: datetime) -> bool:
    """Tell whether the pair can be used on: it belongs together, ``issuer`` signed it, it lasts."""
    try:
        found = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        key = serialization.load_pem_private_key(pair.key.read_bytes(), password=None)
        found.verify_directly_issued_by(x509.load_pem_x509_certificate(issuer.certificate.read_bytes()))
    except (FileNotFoundError, ValueError, InvalidSignature):
        # Missing, or left half written by a crash: it is made anew.
        return False
    return found.public_key() == key.public_key() and found.not_valid_after_utc - now > _RENEWED_BEFORE


def _make(pair: Pair, name: x509.Name, signer: tuple[Pair, str] | None, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        # An hour back, for a container whose clock is a little behind.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(identifier, critical=False)
    )
    if signer is None:
        signing = key
        builder = (
            builder.issuer_name(name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(is_ca=True), critical=True)
        )
    else:
        ca, host = signer
        signing = serialization.load_pem_private_key(ca.key.read_bytes(), password=None)
        assert isinstance(signing, ec.EllipticCurvePrivateKey)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
        builder = (
            builder.issuer_name(_CA_NAME)
            .add_extension(authority, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(is_ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        )
    certificate = builder.sign(signing, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(pair.key, secret, 0o600)
    _write(pair.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def bundle(folder: Path, authorities: Sequence[Path]) -> Path:
    """Write the authorities, and no other, into ``bundle.pem``: a real provider is not believed.

    Its name stays the same, because a compose file names it before it exists.
    """
    path = folder / "bundle.pem"
    _write(path, b"".join(each.read_bytes() for each in authorities), 0o644)
    return path


def _write(path: Path, content: bytes, mode: int) -> None:
    # Created with its mode: a chmod afterwards would leave a moment in which anybody can read the key.
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)


def main(arguments: Sequence[str]) -> int:
    """Make the certificates and print the path of the authority's."""
    parser = argparse.ArgumentParser(prog="chaoskit_shop.certificates", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument(
        "--ca", type=Path, help="make chaoskit's authority in this folder, and a bundle of both"
    )
    given = parser.parse_args(arguments)
    made = ensure(given.folder).ca
    if given.ca is not None:
        from chaoskit.proxy import ca as authority

        own = authority.create(given.ca, datetime.now(UTC))
        print(bundle(given.folder, [made, own]))  # noqa: T201
    print(made)  # noqa: T201 - the answer
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
