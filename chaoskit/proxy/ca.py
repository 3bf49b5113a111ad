"""The project's own certificate authority, and the variables that make a program trust it.

Nothing here imports mitmproxy: the controller, which is light, uses this too.
"""

import datetime as dt
import hashlib
import os
import re
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_KEY_AND_CERTIFICATE = "mitmproxy-ca.pem"
_CERTIFICATE = "mitmproxy-ca-cert.pem"
_PEM = re.compile("-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
_LIFETIME = dt.timedelta(days=825)
_MARGIN = dt.timedelta(days=2)
"""A CA that ends sooner than this is made anew; and clocks may differ by as much."""


def create(folder: Path, now: dt.datetime) -> Path:
    """Return the CA's certificate in ``folder``; make folder, key and certificate where there is none.

    The folder is private (0700) and so is the key (0600). A CA that is there and still valid is kept, so
    that what trusts it goes on trusting it. ``now`` has a time zone. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    certificate = folder / _CERTIFICATE
    if not _is_valid(folder, now):
        key, signed = _make(now)
        _write(folder / _KEY_AND_CERTIFICATE, key + signed, 0o600)
        _write(certificate, signed, 0o644)
    return certificate


def environment(proxy_url: str, ca_folder: Path, extra_cas: Sequence[Path]) -> dict[str, str]:
    """Return the variables that send a program's calls through the proxy and let it trust our CA.

    Also writes a bundle of our CA, ``extra_cas``, and the public roots into ``ca_folder``: most of these
    variables replace the roots of a program, and calls that the proxy does not decrypt need those.
    ``NO_PROXY`` is left to the caller.
    """
    own = create(ca_folder, dt.datetime.now(dt.UTC))
    bundle = str(write_bundle(ca_folder, [own, *extra_cas]))
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy_url)
    trust = dict.fromkeys(
        (
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "AWS_CA_BUNDLE",
            "GIT_SSL_CAINFO",
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
        ),
        bundle,
    )
    # Node adds this file to its own roots, and reads the proxy variables only if told to (22.21, 24.5)
    return {**proxies, **trust, "NODE_EXTRA_CA_CERTS": bundle, "NODE_USE_ENV_PROXY": "1"}


def write_bundle(folder: Path, certificates: Sequence[Path]) -> Path:
    """Write ``certificates`` and the public roots into one file in ``folder``; return it.

    Each certificate once: the system's roots and certifi's are mostly the same, and a client such as
    requests parses the whole bundle for every connection. Its name depends on its content, so that two
    runs at once do not write over each other's. Raises OSError where a file cannot be read.
    """
    texts = [each.read_text(encoding="utf-8") for each in (*certificates, *roots())]
    blocks = dict.fromkeys("".join(body.split()) for text in texts for body in _PEM.findall(text))
    text = "".join(_pem(each) for each in blocks)
    path = folder / f"bundle-{hashlib.sha256(text.encode()).hexdigest()[:16]}.pem"
    if not path.exists():
        _write(path, text.encode(), 0o644)
    return path


def _pem(body: str) -> str:
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def roots(environ: Mapping[str, str] | None = None) -> list[Path]:
    """Return the files of the public roots: the system's (or ``SSL_CERT_FILE``'s), and certifi's."""
    given = (os.environ if environ is None else environ).get("SSL_CERT_FILE")
    system = given or ssl.get_default_verify_paths().cafile
    found = [Path(system)] if system else []
    return [path for path in (*found, Path(certifi.where())) if path.is_file()]


def _is_valid(folder: Path, now: dt.datetime) -> bool:
    try:
        text = (folder / _KEY_AND_CERTIFICATE).read_bytes()
        certificate = x509.load_pem_x509_certificate(text)
    except (OSError, ValueError):
        return False
    return (folder / _CERTIFICATE).is_file() and certificate.not_valid_after_utc > now + _MARGIN


def _make(now: dt.datetime) -> tuple[bytes, bytes]:
    # EC: a handshake with its signatures costs half of what an RSA one costs
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "chaoskit project CA"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "chaoskit"),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _MARGIN)
        .not_valid_after(now + _LIFETIME)
        # one CA below it, for a chain of which a fault leaves that one out
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all, with ``mode`` from its first byte on."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    part.replace(path)
