"""What a run's processes would have told of the files in a folder that a test wrote in their place."""

import json
import zlib
from pathlib import Path
from typing import Any

KINDS = (
    "samples-*.bin",
    "samples-*.json",
    "calls-*.jsonl",
    "edges-*.jsonl",
    "services.jsonl",
    "experiment.yaml",
)


def told(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the ``files`` of a ``run.json``: every file of evidence that is in ``folder`` now."""
    files = sorted(file for kind in KINDS for file in folder.glob(kind))
    return {
        file.name: {"bytes": len(data), "crc32": f"{zlib.crc32(data):08x}"}
        for file in files
        if (data := file.read_bytes()) is not None
    }


def tell(folder: Path) -> None:
    """Let ``run.json`` of ``folder`` say that its files are as their processes left them."""
    facts = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**facts, "files": told(folder)}))


def halve(path: Path) -> None:
    """Cut a file in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def thin(path: Path) -> None:
    """Drop three of five lines."""
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for number, line in enumerate(lines) if number % 5 < 2))


def double(path: Path) -> None:
    """Write every line twice."""
    path.write_text("".join(line * 2 for line in path.read_text().splitlines(keepends=True)))
