"""What is asked is what is injected: measured at real clients, through a real worker."""

import json
import os
from pathlib import Path

import pytest

from driving import load
from worker_kit import kit, no_proxy_of_our_own, spares

__all__ = ["kit", "no_proxy_of_our_own", "spares"]


@pytest.fixture
def tell():
    """Return a function that notes a figure; ``bench/fidelity.py`` makes a table of them."""
    where = os.environ.get("CHAOSKIT_FIDELITY")

    def note(what: str, asked: str, got: str, allowed: str) -> None:
        if where is not None:
            line = json.dumps({"row": [what, asked, got, allowed], "load": load()})
            with Path(where).open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    return note
