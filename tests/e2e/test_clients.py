"""What `chaoskit doctor` says of a client, by the client itself, given only what `chaoskit ca` prints.

The provider's name resolves nowhere, so a call that arrives has gone through the proxy.
"""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from chaoskit.catalogue.clients import CLIENTS, of_runtime

pytestmark = [pytest.mark.socket, pytest.mark.broad]
UNKNOWN_NAME = re.compile(r"not known|ENOTFOUND|UnknownHost|UnresolvedAddress|EAI_AGAIN|name resolution")
UNTRUSTED = re.compile(r"certificate verify failed|CERTIFICATE_VERIFY_FAILED|known issuer|PKIX path")

PLAIN = {
    "requests": "import requests; requests.get(U)",
    "httpx": "import httpx; httpx.get(U)",
    "urllib.request": "import urllib.request as u; u.urlopen(U)",
    "http.client": (
        "import http.client as h; c = h.HTTPSConnection(HOST);"
        "c.request('GET', '/http.client'); c.getresponse()"
    ),
    "urllib3": "import urllib3; urllib3.PoolManager().request('GET', U, retries=False)",
    "aiohttp": """
import aiohttp, asyncio
async def main():
    async with aiohttp.ClientSession() as session, session.get(U): pass
asyncio.run(main())""",
    "redis": "import redis; redis.Redis(host=HOST, port=443, ssl=True).ping()",
    "websockets": "import websockets.sync.client as w; w.connect('wss' + U[5:], open_timeout=20)",
}
SDKS = {
    "stripe": "import stripe; stripe.api_key = 'sk'; stripe.api_base = U; stripe.max_network_retries = 0;"
    "stripe.Customer.list()",
    "openai": "import openai; openai.OpenAI(api_key='x', base_url=U, max_retries=0).models.list()",
    "anthropic": "import anthropic as a; a.Anthropic(api_key='x', base_url=U, max_retries=0).models.list()",
    "botocore": "import boto3; boto3.client('s3', endpoint_url=U, region_name='eu-west-1',"
    "aws_access_key_id='a', aws_secret_access_key='b').list_buckets()",
    "grpcio": "import grpc; c = grpc.secure_channel(HOST + ':443', grpc.ssl_channel_credentials());"
    "c.unary_unary('/grpcio/x')(b'', timeout=20)",
}
IN_CODE = {  # what the remedies say, done
    "stripe": "import stripe, os; stripe.ca_bundle_path = os.environ['SSL_CERT_FILE'];" + SDKS["stripe"],
    "urllib3": "import urllib3, os; urllib3.ProxyManager(os.environ['HTTPS_PROXY']).request('GET', U)",
    "aiohttp": PLAIN["aiohttp"].replace("ClientSession()", "ClientSession(trust_env=True)"),
}
JAVA = """
import java.net.*; import java.net.http.*;
public class Call { public static void main(String[] at) throws Exception {
  ((HttpURLConnection) new URL(at[0] + "/url").openConnection()).getResponseCode();
  HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(at[0] + "/client")).build(),
    HttpResponse.BodyHandlers.ofString());
}}"""


class Trying:
    """A proxy that decrypts, a provider behind it, and the environment that clients are given."""

    def __init__(self, kit) -> None:
        self.folder = kit.folder
        self.origin = kit.origin()
        self.proxy = kit.worker(self.origin, slos=", {id: n, provider: pay, amplification: '<= 99x'}")
        self.host = kit.host
        self.environment = dict(os.environ) | kit.environment(self.proxy)

    def url(self, name):
        return f"https://{self.host}/{name}"

    def python(self, name, code):
        head = f"HOST, U = {self.host!r}, {self.url(name)!r}\n"
        return self.call(name, [sys.executable, "-W", "ignore", "-c", head + code])

    def call(self, name, command, **more):
        """Return (goes through the proxy, trusts the CA); the second is None where the first is False."""
        out = subprocess.run(
            command, env=self.environment | more, capture_output=True, text=True, check=False, timeout=50
        )
        if any(f" /{name}" in each for each in self.origin.calls):
            return True, True
        said = out.stdout + out.stderr
        if UNKNOWN_NAME.search(said):
            return False, None
        assert UNTRUSTED.search(said), said
        return True, False


@pytest.fixture
def trying(kit):
    return Trying(kit)


def claimed(name, runtime="python"):
    (row,) = [each for each in CLIENTS if (each.name, each.runtime) == (name, runtime)]
    return (row.proxied == "yes", row.trusts == "yes" if row.proxied == "yes" else None)


def all_of(trying, programs):
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda each: trying.python(*each), programs.items())
        return dict(zip(programs, found, strict=True))


def test_clients_in_python(trying):
    assert all_of(trying, PLAIN) == {name: claimed(name) for name in PLAIN}


def test_kits_in_python(trying):
    assert all_of(trying, SDKS) == {name: claimed(name) for name in SDKS}


def test_the_remedies_help(trying):
    assert all_of(trying, IN_CODE) == dict.fromkeys(IN_CODE, (True, True))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_curl(trying):
    assert trying.call("curl", ["curl", "-sS", trying.url("curl")]) == claimed("curl", "curl")


@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not on this machine")
def test_wget(trying):
    assert trying.call("wget", ["wget", "-nv", "-O-", trying.url("wget")]) == claimed("wget", "wget")
    bundle = trying.environment["SSL_CERT_FILE"]
    command = ["wget", "-nv", "-O-", f"--ca-certificate={bundle}", trying.url("wget")]
    assert trying.call("wget", command) == (True, True)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
@pytest.mark.parametrize("how", ["fetch", "https"])
def test_node(trying, how):
    said = subprocess.run(["node", "-v"], capture_output=True, text=True, check=True).stdout
    version = tuple(int(each) for each in re.findall("[0-9]+", said))
    (row,) = of_runtime("node", frozenset(), version)
    code = {
        "fetch": "fetch(process.argv[1]).catch((problem) => console.log(problem.cause))",
        "https": "require('https').get(process.argv[1], (a) => a.resume()).on('error', console.log)",
    }[how]

    found = trying.call(how, ["node", "-e", code, trying.url(how)])

    assert found == ((True, True) if row.proxied == "yes" else (False, None))


@pytest.mark.skipif(shutil.which("javac") is None, reason="there is no JDK on this machine")
def test_java(trying):
    (trying.folder / "Call.java").write_text(JAVA)
    subprocess.run(["javac", "-d", trying.folder, trying.folder / "Call.java"], check=True)
    store = trying.folder / "trust.p12"
    keytool = ["keytool", "-importcert", "-noprompt", "-storepass", "changeit", "-keystore", store]
    own = trying.folder / "ca" / "mitmproxy-ca-cert.pem"
    subprocess.run([*keytool, "-file", own], capture_output=True, check=True)
    command = ["java", "-cp", str(trying.folder), "Call", trying.url("java")]
    through = f"-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort={trying.proxy.port}"

    assert trying.call("java", command) == (False, None)
    assert trying.call("java", command, JAVA_TOOL_OPTIONS=through) == (True, False)
    trust = f"{through} -Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStorePassword=changeit"
    assert trying.call("java", command, JAVA_TOOL_OPTIONS=trust) == (True, True)
    assert {"GET /java/url", "GET /java/client"} <= set(trying.origin.calls)
