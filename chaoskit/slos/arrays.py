"""numpy, imported when it is first used: to read an experiment takes none of it, and it takes 45 ms.

Imported as ``from chaoskit.slos import arrays as np``. To the type checker it is numpy: see ``arrays.pyi``.
"""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    found = getattr(import_module("numpy"), name)
    globals()[name] = found
    return found
