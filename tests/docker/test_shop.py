"""The shop and its fake providers in containers: who is reached under which name, and who never is."""

import http.client
import json
import os
import stat
import time
from pathlib import Path

import pytest

from chaoskit_shop.hosts import ADYEN, HOSTS, STRIPE
from compose_project import Project, command

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

LOOK = """
import json, socket, sys
found = {}
for host in sys.argv[1:]:
    try: found[host] = sorted({each[4][0] for each in socket.getaddrinfo(host, 443)})
    except OSError: found[host] = []
print(json.dumps(found))
"""
A_REAL_ADDRESS = "198.41.0.4"  # public, and nothing is ever sent to it


def test_the_shop_comes_up_alone_and_is_answered_by_the_fake_providers(project):
    demo = project()
    demo.up("shop")
    assert [demo.container("chaoskit"), bool(demo.container("certificates"))] == ["", True]
    [network] = [each for name, each in networks(demo, "providers").items() if name.endswith("_providers")]
    assert look(demo, *HOSTS) == {host: [network["IPAddress"]] for host in HOSTS}
    assert buy(demo) == (200, "stripe")
    assert ask(demo, "GET", "/pictures/A1")[:1] == (200,)
    assert ask(demo, "GET", "/terms")[:1] == (200,)
    assert ask(demo, "POST", "/assistant", question="where is my parcel?")[:1] == (200,)
    assert ask(demo, "POST", "/login", user="ada", password="lovelace")[:1] != (502,)
    assert ask(demo, "GET", "/audit")[:1] == (200,)
    assert outside(demo) == {"providers": (True, None), "door": (False, "false")}


def test_a_provider_that_is_gone_is_never_looked_up_in_the_world_outside(project):
    demo = project()
    demo.up("shop")
    assert buy(demo) == (200, "stripe")
    demo.compose("stop", "--timeout", "1", "providers")
    begun = time.monotonic()
    assert look(demo, STRIPE, "example.com") == {STRIPE: [], "example.com": []}
    assert time.monotonic() - begun < 6  # and it does not take ten seconds each, as it would by default
    assert buy(demo)[0] == 502
    # It is up again without them, as a real shop would be.
    assert demo.compose("restart", "--timeout", "1", "shop").returncode == 0
    until_healthy(demo, "shop")
    assert buy(demo)[0] == 502
    demo.up("shop")
    assert buy(demo) == (200, "stripe")


@pytest.mark.parametrize(
    ("kind", "status", "complaint"),
    [
        ("", 2, "expected HTTPS_PROXY to name chaoskit's proxy, got nothing"),
        (
            "private",
            2,
            f"expected {STRIPE} to lead to a fake provider in a private network, got {A_REAL_ADDRESS}",
        ),
        ("open", 2, "expected SHOP_NETWORK to be `private` or nothing, got `open`"),
    ],
)
def test_a_shop_that_could_reach_a_real_provider_stays_off(image, kind, status, complaint):
    done = command(
        *("docker", "run", "--rm", "--network", "none", "--env", f"SHOP_NETWORK={kind}"),
        *("--add-host", f"{STRIPE}:{A_REAL_ADDRESS}", "--add-host", f"{ADYEN}:10.0.0.7"),
        *(image, "python", "-m", "chaoskit_shop.shop", "--folder", "/demo", "--shop", "127.0.0.1:0"),
    )
    assert (done.returncode, done.stderr.splitlines()[0].startswith(f"error: {complaint}")) == (
        status,
        True,
    ), done.stderr


def test_folders_of_the_host_get_the_certificates_as_the_user_that_is_named(project, tmp_path):
    data, ca = tmp_path / "demo", tmp_path / "ca"
    for each in (data, ca):
        each.mkdir()
        os.chown(each, 1234, 1234)
    tmp_path.chmod(0o755)
    demo = project(SHOP_DATA=str(data), SHOP_CA=str(ca), CHAOSKIT_USER="1234:1234")
    demo.up("certificates")
    bundle, key = data / "bundle.pem", ca / "mitmproxy-ca.pem"
    assert (
        bundle.read_text() == (data / "demo-ca.pem").read_text() + (ca / "mitmproxy-ca-cert.pem").read_text()
    )
    assert {each.stat().st_uid for each in (bundle, key)} == {1234}
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = contents(data, ca)
    demo.down()
    demo.up("certificates")
    assert contents(data, ca) == before


def contents(*folders: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for folder in folders for each in folder.glob("*.pem")}


def networks(demo: Project, service: str) -> dict[str, dict]:
    return demo.inspect(service)["NetworkSettings"]["Networks"]


def outside(demo: Project) -> dict[str, tuple[bool, str | None]]:
    """Return for each network of the shop: is it internal, and are addresses rewritten on the way out."""
    found = json.loads(command("docker", "network", "inspect", *networks(demo, "shop")).stdout)
    masquerade = "com.docker.network.bridge.enable_ip_masquerade"
    return {
        each["Name"].rpartition("_")[2]: (each["Internal"], each["Options"].get(masquerade)) for each in found
    }


def look(demo: Project, *hosts: str) -> dict[str, list[str]]:
    """Ask the resolver as the shop's process is led to it."""
    done = demo.run("shop", "python", "-c", LOOK, *hosts)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def buy(demo: Project) -> tuple[int, str | None]:
    return ask(demo, "POST", "/checkout", sku="A1")


def ask(demo: Project, method: str, path: str, **body: str) -> tuple[int, str | None]:
    """Call the shop where it is published; return the status and who took the payment."""
    host, _, port = demo.compose("port", "shop", "8081").stdout.strip().partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    connection.request(method, path, json.dumps(body) if body else None, {"content-type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers["x-payment-provider"]


def until_healthy(demo: Project, service: str) -> None:
    last = time.monotonic() + 30
    while demo.inspect(service)["State"]["Health"]["Status"] != "healthy":
        assert time.monotonic() < last, demo.inspect(service)["State"]
        time.sleep(0.2)
