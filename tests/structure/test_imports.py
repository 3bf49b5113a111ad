"""What starts often starts lean: most of the time that it takes is that of its imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from chaoskit.proxy.lean import STANDINS

ROOT = Path(__file__).parents[2]
OTHERS = [
    "docker",
    "flask",
    "gevent",
    "jinja2",
    "locust",
    "matplotlib",
    "numpy",
    "requests",
    "rich",
    "waitress",
]
SHELLS = [f"chaoskit.{each}" for each in ("cli", "load", "proxy", "report", "run", "target")]
FILE = ROOT / "experiments" / "stripe-blackhole.yaml"

VALIDATE = f"""
import sys
sys.argv = ["chaoskit", "validate", {str(FILE)!r}]
from chaoskit.cli.main import main
main(standalone_mode=False)
"""
WORKER = f"""
import chaoskit.proxy.__main__ as worker
worker.load({str(FILE)!r}, open({str(FILE)!r}).read(), [], 7)
"""


@pytest.fixture(scope="module")
def imported():
    """Return the names of all modules that a program of its own imports."""

    def run(program: str) -> set[str]:
        told = "\nimport sys\nprint('IMPORTED', *sys.modules)"
        command = [sys.executable, "-c", program + told]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
        assert ran.returncode == 0, ran.stderr
        return set(ran.stdout.rpartition("IMPORTED ")[2].split())

    return run


def within(modules: set[str], *packages: str) -> list[str]:
    """Return those of the modules that are, or are part of, one of the packages."""
    return sorted(each for each in modules if any(f"{each}.".startswith(f"{one}.") for one in packages))


def test_a_file_is_validated_without_what_a_run_or_a_report_needs(imported):
    modules = imported(VALIDATE)

    shells = [each for each in SHELLS if each != "chaoskit.cli"]
    assert within(modules, "asyncio", "mitmproxy", "cryptography", *OTHERS, *shells) == []
    # to find that nobody offers a fault takes none of these
    assert within(modules, "importlib.metadata", "email", "zipfile") == []
    assert within(modules, "chaoskit.cli") == [
        *("chaoskit.cli", "chaoskit.cli.errors", "chaoskit.cli.main", "chaoskit.cli.options"),
        *("chaoskit.cli.validate", "chaoskit.cli.warnings"),
    ]


def test_of_the_faults_only_those_are_imported_that_a_file_names(imported):
    found = within(imported(VALIDATE), "chaoskit.faults")

    # `error` is what the catalogue's providers answer with
    assert found == [
        *("chaoskit.faults", "chaoskit.faults.blackhole", "chaoskit.faults.error", "chaoskit.faults.service"),
    ]


def test_a_run_starts_without_what_only_its_end_needs(imported):
    modules = imported("import chaoskit.cli.run")

    assert within(modules, "asyncio", "docker", "gevent", "jinja2", "locust", "matplotlib", "numpy") == []


def test_a_worker_starts_without_what_only_others_need(imported):
    modules = imported(WORKER)

    shells = [each for each in SHELLS if each != "chaoskit.proxy"]
    assert within(modules, "click", "ldap3", "tornado", *OTHERS, *shells) == []
    # see chaoskit/proxy/lean.py: the package alone would bring all 31
    assert within(modules, "mitmproxy.addons") == ["mitmproxy.addons", "mitmproxy.addons.tlsconfig"]
    assert within(modules, "mitmproxy.master", "mitmproxy.command", "pyparsing") == []
    # what stands in for a package has no parts
    assert within(modules, "mitmproxy.proxy.layers.quic") == ["mitmproxy.proxy.layers.quic"]
    assert within(modules, "aioquic", "ruamel") == [each for each in sorted(STANDINS) if "mitm" not in each]
