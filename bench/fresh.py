"""Processes of their own, started again and again: in which environment, and how busy the machine was."""

import os
from pathlib import Path


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which what is compiled is kept, as it is after an installation."""
    mine = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**mine, "CI": "1", "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def busy() -> str:
    """Say how busy the machine is: the reason why a process takes longer than it needs."""
    return f"the load average was {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
