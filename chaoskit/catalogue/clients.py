"""Which HTTP clients use the proxy and trust chaoskit's CA, given the variables that `chaoskit ca` prints.

Every row that can be tried on a machine with these clients is tried in tests/e2e/test_clients.py. Sources of
the others: docs.oracle.com/en/java/javase/17/core/java-networking.html (system properties) and the JSSE
reference guide (trust store); nodejs.org/api/cli.html (NODE_USE_ENV_PROXY, NODE_EXTRA_CA_CERTS);
pkg.go.dev/net/http#ProxyFromEnvironment and pkg.go.dev/crypto/x509#SystemCertPool; Ruby's Net::HTTP
(docs.ruby-lang.org) and OpenSSL's SSL_CERT_FILE.
"""

from typing import Literal

from chaoskit.core.frozen import frozen

Answer = Literal["yes", "no", "code"]
"""``code``: only if the target's own code says so, which nobody sees from outside."""


@frozen(kw_only=True)
class Client:
    """One way to call a provider. ``package`` is what its presence is known by; None: it is always there.

    ``proxied`` and ``trusts`` are about the variables alone; ``remedy`` is what to do where they do not help.
    """

    name: str
    runtime: str
    package: str | None = None
    proxied: Answer = "yes"
    trusts: Answer = "yes"
    remedy: str = ""


CLIENTS = (
    Client(
        name="requests",
        runtime="python",
        package="requests",
        remedy="a Session with trust_env=False ignores both",
    ),
    Client(
        name="httpx", runtime="python", package="httpx", remedy="a Client with trust_env=False ignores both"
    ),
    Client(name="urllib.request", runtime="python"),
    Client(
        name="http.client",
        runtime="python",
        proxied="code",
        remedy="it knows no proxy: HTTPSConnection(proxy) and set_tunnel(), or another way to capture",
    ),
    Client(
        name="urllib3",
        runtime="python",
        package="urllib3",
        proxied="code",
        remedy="used directly, it needs ProxyManager(url) instead of PoolManager()",
    ),
    Client(
        name="aiohttp",
        runtime="python",
        package="aiohttp",
        proxied="code",
        remedy="ClientSession(trust_env=True)",
    ),
    Client(
        name="stripe",
        runtime="python",
        package="stripe",
        trusts="code",
        remedy="it brings its own roots: stripe.ca_bundle_path = os.environ['SSL_CERT_FILE']",
    ),
    Client(name="openai", runtime="python", package="openai"),
    Client(name="anthropic", runtime="python", package="anthropic"),
    Client(name="botocore", runtime="python", package="botocore"),
    Client(name="grpcio", runtime="python", package="grpcio"),
    Client(name="websockets", runtime="python", package="websockets"),
    Client(
        name="redis",
        runtime="python",
        package="redis",
        proxied="code",
        remedy="no HTTP: it knows no proxy; see other ways to capture",
    ),
    Client(
        name="fetch and https",
        runtime="node",
        remedy="with an agent or dispatcher of its own, a call ignores the variables",
    ),
    Client(
        name="fetch and https",
        runtime="node before 22.21 or 24.5",
        proxied="no",
        remedy="knows no proxy variables: undici's EnvHttpProxyAgent in code, a newer Node, or another way",
    ),
    Client(
        name="HttpClient and URL",
        runtime="java",
        proxied="no",
        trusts="no",
        remedy=(
            "target.environment: JAVA_TOOL_OPTIONS='-Dhttps.proxyHost=HOST -Dhttps.proxyPort=PORT "
            "-Djavax.net.ssl.trustStore=FILE', FILE by keytool -importcert from "
            ".chaoskit/ca/mitmproxy-ca-cert.pem"
        ),
    ),
    Client(name="curl", runtime="curl"),
    Client(
        name="wget",
        runtime="wget",
        trusts="no",
        remedy="--ca-certificate=$SSL_CERT_FILE, or ca_certificate in .wgetrc",
    ),
    Client(
        name="net/http",
        runtime="go",
        remedy="a Transport of its own needs Proxy: http.ProxyFromEnvironment",
    ),
    Client(name="Net::HTTP", runtime="ruby"),
)


def of_runtime(runtime: str, packages: frozenset[str], version: tuple[int, ...] = ()) -> tuple[Client, ...]:
    """Return the clients that a program of this runtime can use, with these packages installed."""
    if runtime == "node" and not _node_knows_proxies(version):
        runtime = "node before 22.21 or 24.5"
    return tuple(
        each
        for each in CLIENTS
        if each.runtime == runtime and (each.package is None or each.package in packages)
    )


def _node_knows_proxies(version: tuple[int, ...]) -> bool:
    return (22, 21) <= version < (23,) or version >= (24, 5)
