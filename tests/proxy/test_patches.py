"""mitmproxy is changed only where its version is known, and nobody asked for it as it is."""

import subprocess
import sys

import pytest

from chaoskit.proxy.patches import STOCK, is_tested

TELLS = """
import logging, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s")
import mitmproxy.version
mitmproxy.version.VERSION = sys.argv[1] or mitmproxy.version.VERSION
from chaoskit.proxy import handler
from mitmproxy import http
print(handler.Base.__name__, http.MessageData.__post_init__.__module__)
"""
LEAN, AS_IT_IS = "LeanHandler chaoskit.proxy.patches", "LiveConnectionHandler mitmproxy.http"


def told(version="", **environment):
    command = [sys.executable, "-c", TELLS, version]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True, env=environment)
    return ran.stdout.splitlines()


def test_the_installed_version_runs_lean():
    assert told() == [LEAN]


def test_with_another_version_mitmproxy_stays_as_it_is_and_that_is_said():
    warning, rest = told("99.0.0")
    assert (
        warning
        == "mitmproxy 99.0.0 is outside 12.2 to 12.3, which this was tested with: its calls are slower"
    )
    assert rest == AS_IT_IS


def test_whoever_asks_for_mitmproxy_as_it_is_gets_it():
    assert told(**{STOCK: "1"}) == [AS_IT_IS]


@pytest.mark.parametrize(
    ("version", "known"),
    [
        ("12.2.3", True),
        ("12.3.1", True),
        ("12.1.9", False),
        ("12.4.0", False),
        ("13.0.0.dev", False),
        ("12", False),
        ("x.y", False),
    ],
)
def test_a_version_is_known_or_not(version, known):
    assert is_tested(version) is known
