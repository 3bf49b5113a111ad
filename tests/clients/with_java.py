"""Java's java.net.http.HttpClient: one JVM for all cells (Client.java), started from source."""

import base64
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from cells import TOKEN, Row, Seen

IS_HERE = None not in (shutil.which("java"), shutil.which("keytool"))
MISSING = "no java on this machine (apt-get install openjdk-17-jdk-headless)"


def version() -> str:
    out = subprocess.run(["java", "-version"], capture_output=True, check=True, text=True).stderr
    return out.split('"')[1]


def truststore(folder: Path, certificates: list[Path]) -> Path:
    """Make a store that trusts ``certificates`` and nothing else, with the JDK's own tool."""
    store = folder / "trust.p12"
    for i, each in enumerate(certificates):
        given = ["-file", each, "-keystore", store, "-storetype", "PKCS12", "-storepass", "changeit"]
        command = ["keytool", "-importcert", "-noprompt", "-alias", f"ca{i}", *given]
        subprocess.run(command, check=True, capture_output=True, timeout=30)
    return store


def calls(cells: list[tuple[str, Row, float]], environment: dict[str, str], store: Path) -> list[Seen]:
    """Return what each cell saw; its first member is ``java`` or ``java-h2``."""
    asked = "".join(f"{name}\t{row.url(name)}\t{timeout}\n" for name, row, timeout in cells)
    out = subprocess.run(
        [
            "java",
            "-XX:TieredStopAtLevel=1",  # it lives for seconds: compiling well does not pay
            f"-Djavax.net.ssl.trustStore={store}",
            "-Djavax.net.ssl.trustStorePassword=changeit",
            "-Djdk.httpclient.allowRestrictedHeaders=connection",
            Path(__file__).with_name("Client.java"),
            str(urlsplit(environment["HTTPS_PROXY"]).port),
            TOKEN,
        ],
        input=asked.encode(),
        env=os.environ | environment,
        capture_output=True,
        check=True,
        timeout=150,
    )
    return [seen(line) for line in out.stdout.decode().splitlines()]


def seen(line: str) -> Seen:
    status, body, first, seconds, error = line.split("\t")
    return Seen(
        status=int(status) or None,
        body=base64.b64decode(body),
        kind=kind_of(error) if error else None,
        error=" < ".join(word(each) for each in error.split(" < ")[:2]),
        first=float(first),
        seconds=float(seconds),
    )


def word(error: str) -> str:
    """Shorten one exception of a chain: class and the first words of its message."""
    name, _, message = error.partition(": ")
    return (
        f"{name.rpartition('.')[2]}: {re.sub(r'(localhost|127.0.0.1)[:/][0-9:]*', '', message)[:60]}".strip(
            " :"
        )
    )


_KINDS = (
    ("timeout", "HttpTimeoutException|HttpConnectTimeoutException|own timeout"),
    ("certificate expired", "CertificateExpiredException"),
    ("certificate not yet valid", "CertificateNotYetValidException"),
    ("certificate wrong host", "No subject alternative|No name matching"),
    ("certificate weak", "Algorithm constraints check failed|does not conform to algorithm constraints"),
    ("certificate untrusted", "unable to find valid certification path|PKIX path"),
    ("tls version", "protocol_version|protocol is disabled|not accepted by client"),
    ("tls alert", "Received fatal alert"),
    ("dns", "UnresolvedAddressException|UnknownHostException"),
    ("refused", "ConnectException|SSLHandshakeException|terminated the handshake"),
    ("cut", "fixed content-length|chunked transfer encoding, state"),
    ("reset", "Connection reset|RST_STREAM|stream .*reset|GOAWAY"),
    ("closed", "header parser received no bytes|EOFException|EOF reached|with EOF|closed"),
)


def kind_of(error: str) -> str:
    for kind, words in _KINDS:
        if re.search(words, error):
            return kind
    return "protocol error"
