"""What other packages offer, without ``importlib.metadata`` where that is nothing: it takes long to import.

It is asked unless it is plain that it would find nothing: every place that modules come from is a folder, and
no ``entry_points.txt`` in one of them has the name of the group.
"""

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Protocol


class Offer(Protocol):
    """An entry point: a name, and where what it stands for is found."""

    name: str
    value: str

    def load(self) -> Any: ...


def offers(group: str) -> list[Offer]:
    """Return the entry points of ``group`` by name."""
    if not may_offer(group):
        return []
    found: Iterable[Offer] = import_module("importlib.metadata").entry_points(group=group)
    return sorted(found, key=lambda each: each.name)


def may_offer(group: str) -> bool:
    """Tell whether anything may have an entry point of ``group``; when in doubt, it may."""
    others = (each for each in sys.meta_path if each is not PathFinder)
    return any(hasattr(each, "find_distributions") for each in others) or any(
        _mentions(Path(each), group.encode()) for each in sys.path
    )


def _mentions(folder: Path, group: bytes) -> bool:
    try:
        children = list(folder.iterdir())
    except FileNotFoundError:
        return False
    except OSError:  # an archive
        return True
    return folder.suffix.lower() == ".egg" or any(
        group in _entry_points(each)
        for each in children
        if each.name.lower().endswith((".dist-info", ".egg-info"))
    )


def _entry_points(distribution: Path) -> bytes:
    try:
        return (distribution / "entry_points.txt").read_bytes()
    except OSError:  # most have none
        return b""
