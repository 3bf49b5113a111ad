"""Where this user's chaoskit keeps what outlives a run."""

import os
from pathlib import Path


def folder() -> Path:
    """Return the folder, as the XDG base directory specification names it."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "chaoskit"
