"""Runs mitmproxy's own tests for its proxy layers twice, as it is and on chaoskit's lean core, and compares.

``python tests/mitmproxy_suite/run.py CHECKOUT``. What its tests need comes into an environment that is thrown
away. Exits 1 where a test ends in another way that is not explained, 2 where there is no fit checkout.
"""

import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import venv
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[2]
TESTS = [
    "proxy",
    "addons/test_proxyserver.py",
    "addons/test_next_layer.py",
    "addons/test_tlsconfig.py",
    "test_addonmanager.py",
    "test_connection.py",
    "test_http.py",
    "test_master.py",
    "test_tcp.py",
    "test_tls.py",
    "test_websocket.py",
]
EXPLAINED = {"test.mitmproxy.test_connection.TestConnection::test_eq"}
"""What differs on purpose; docs/architecture.md says why."""
NEEDS = ("pytest", "pytest-asyncio", "pytest-timeout")


def refusal(source: str) -> str | None:
    """Return why these tests cannot be run on that checkout."""
    installed = importlib.metadata.version("mitmproxy")
    tag = f"a checkout of mitmproxy at its tag v{installed}, such as MITMPROXY_SRC=../mitmproxy"
    if not source:
        return f"expected {tag}, got nothing"
    file = Path(source) / "mitmproxy" / "version.py"
    if not file.is_file():
        return f"expected {tag}; there is no {file}"
    found = re.search(r'^VERSION = "(.+)"', file.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None or found[1] != installed:
        return f"expected {tag}; {source} is version {found[1] if found else '?'}"
    return None


def prepare(folder: Path, source: Path) -> Path:
    """Make an environment with all of ours and, before it, the versions that their tests are pinned to."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    asked = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    )
    ours = f"{sysconfig.get_path('purelib')}\n"
    Path(asked.stdout.strip(), "ours.pth").write_text(ours, encoding="utf-8")
    groups = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    pinned = [each for each in groups["dev"] if isinstance(each, str) and re.split("[=<>]", each)[0] in NEEDS]
    subprocess.run([python, "-m", "pip", "-q", "--disable-pip-version-check", "install", *pinned], check=True)
    return python


def outcomes(python: Path, source: Path, report: Path, *plugins: str) -> dict[str, str]:
    """Run the tests; return how each ended."""
    paths = [str(source / "test" / "mitmproxy" / each) for each in TESTS]
    command = [
        str(python),
        "-P",
        "-m",
        "pytest",
        "-q",
        "--no-header",
        "--color=no",
        "--tb=no",
        "-p",
        "no:cacheprovider",
    ]
    command += ["--timeout", "30", f"--junit-xml={report}", *plugins, *paths]
    here = [str(Path(__file__).parent), str(ROOT)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(here), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, cwd=source, env=environment, check=False, stdout=subprocess.DEVNULL)
    found = {}
    for case in ET.parse(report).iter("testcase"):
        ended = {each.tag for each in case} & {"failure", "error", "skipped"}
        found[f"{case.get('classname')}::{case.get('name')}"] = min(ended, default="passed")
    return found


def counts(found: dict[str, str]) -> str:
    kinds = ("passed", "failure", "error", "skipped")
    numbers = {each: sum(1 for kind in found.values() if kind == each) for each in kinds}
    return ", ".join(f"{number} {kind}" for kind, number in numbers.items() if number)


def main(source: str) -> int:
    why = refusal(source)
    if why is not None:
        print(f"error: {why}", file=sys.stderr)
        return 2
    checkout = Path(source).resolve()
    with tempfile.TemporaryDirectory(prefix="chaoskit-mitmproxy-tests-") as name:
        folder = Path(name)
        python = prepare(folder / "venv", checkout)
        stock = outcomes(python, checkout, folder / "stock.xml")
        lean = outcomes(python, checkout, folder / "lean.xml", "-p", "plugin")
    print(f"stock: {counts(stock)}")
    print(f"lean:  {counts(lean)}")
    differ = [each for each in sorted({*stock, *lean}) if stock.get(each) != lean.get(each)]
    for each in differ:
        print(f"{each}: {stock.get(each)} on stock, {lean.get(each)} on lean")
    print(
        "neither passes: ",
        *(each for each in sorted(stock) if stock[each] in ("failure", "error")),
        sep="\n  ",
    )
    return 1 if set(differ) - EXPLAINED else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
