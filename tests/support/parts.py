"""A part of the long tests for each commit in turn: which tests a part has, and which part a commit runs.

Each part is a stretch of one row of tests, put in an order that ``seed`` decides. So parts differ in length
by one at most, neighbours of one file (which take equally long) are spread over all parts, and a test that is
added or removed moves at most one other across each border.
"""

import hashlib
import re
from collections.abc import Iterable

_FORM = re.compile(r"(\d+)/(\d+)(?::(.*))?")


def read(text: str) -> tuple[int, int, str]:
    """Return a part's number (from 1), how many there are, and the seed: ``2/4`` or ``2/4:seed``."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no part; expected for example 2/4 or 2/4:seed")
    number, parts = int(found[1]), int(found[2])
    if not 1 <= number <= parts:
        raise ValueError(f"there is no part {number} of {parts}; parts are counted from 1")
    return number, parts, found[3] or ""


def part_of(names: Iterable[str], number: int, parts: int, seed: str) -> set[str]:
    """Return the ``names`` that belong to part ``number`` (1 to ``parts``); equal names stay together."""
    row = sorted(set(names), key=lambda name: (hashlib.sha256(f"{seed}\0{name}".encode()).digest(), name))
    return set(row[len(row) * (number - 1) // parts : len(row) * number // parts])
