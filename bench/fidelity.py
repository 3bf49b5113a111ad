"""Prints what was asked and what a client got, as a table: the figures of tests/fidelity.

``python bench/fidelity.py [--write]``. A minute and a half. ``--write`` puts the table into bench/README.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from publish import machine, table, today, write

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- fidelity: begin -->", "<!-- fidelity: end -->"


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what was injected against what was asked.")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaoskit-fidelity-") as folder:
        found = Path(folder) / "figures"
        found.touch()
        command = [sys.executable, "-m", "pytest", "-q", "-m", "broad", "-rs", "tests/fidelity"]
        ran = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "CHAOSKIT_FIDELITY": str(found)},
            stdout=sys.stderr,
            check=False,
        )
        lines = [json.loads(each) for each in found.read_text(encoding="utf-8").splitlines()]
    loads = [each["load"] for each in lines]
    head = f"Measured {today()} on {machine()}. Load average meanwhile: {min(loads)} to {max(loads)} cores."
    rows = table(("what", "asked", "got", "allowed"), [each["row"] for each in lines])
    print(f"{head}\n\n{rows}")
    if not any(each["row"][0].startswith("delay") for each in lines):
        print("\nThe machine was too busy to tell the delays; nothing was written.", file=sys.stderr)
        return ran.returncode or 3
    if options.write and ran.returncode == 0:
        write(ROOT / "bench" / "README.md", f"{head}\n\n{rows}", BEGIN, END)
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main())
