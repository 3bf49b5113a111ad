"""How a warning about an experiment is shown: at its line, and never as an error."""

from pathlib import Path

from chaoskit.slos.beforehand import Warned


def warned(file: Path, warning: Warned) -> str:
    """Return ``path:line: warning: sentence``."""
    place = str(file) if warning.line is None else f"{file}:{warning.line}"
    return f"{place}: warning: {warning.text}"
