"""Rounds of numbers to a Markdown table, and the table into the README."""

import importlib.metadata
import platform
import re
import statistics
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def cell(values: Sequence[float | None], digits: int = 0, *, signed: bool = False) -> str:
    """Write the rounds' median, and their smallest and largest: ``261 [249-280]``."""
    numbers = [each for each in values if each is not None]
    if not numbers:
        return "-"
    sign = "+" if signed else ""
    middle, low, high = (
        f"{each:{sign},.{digits}f}" for each in (statistics.median(numbers), min(numbers), max(numbers))
    )
    return f"{middle} [{low} to {high}]".replace(",", " ")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table: the first column is text, the others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(each) + " |" for each in lines)


def machine(peers: Sequence[str] = ()) -> str:
    """Say what it was measured on and with; ``peers``: names of programs, each with its version."""
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    is_virtual = " (virtual machine)" if re.search(r"^flags\b.*\bhypervisor\b", cpuinfo, re.MULTILINE) else ""
    cores = cpuinfo.count("processor\t")
    programs = [
        f"chaoskit {_commit()}",
        f"mitmproxy {importlib.metadata.version('mitmproxy')}",
        f"Python {platform.python_version()}",
        said(["nginx", "-v"], r"nginx/([\d.]+)", "nginx"),
        said(["wrk", "-v"], r"([\d.]+)", "wrk"),
        *peers,
        f"Linux {platform.release().partition('-')[0]}",
    ]
    name = model[1].strip() if model else platform.machine()
    return f"{cores} cores of {name}{is_virtual}; {', '.join(programs)}"


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def write(readme: Path, text: str, begins: str = BEGIN, ends: str = END) -> None:
    """Put ``text`` between two markers of the README. Raises ValueError where they are missing."""
    before, begin, rest = readme.read_text(encoding="utf-8").partition(begins)
    _, end, after = rest.partition(ends)
    if not begin or not end:
        raise ValueError(f"{readme} has no {begins} ... {ends}")
    readme.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def _commit() -> str:
    version = importlib.metadata.version("chaoskit")
    ran = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{version} ({ran.stdout.strip()})" if ran.returncode == 0 else version


def said(command: Sequence[str], pattern: str, name: str) -> str:
    """Return a program's name with the version that it says it has."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return f"no {name}"
    found = re.search(pattern, ran.stdout + ran.stderr)
    return f"{name} {found[1] if found else '?'}"
