"""A file's text: read whole, or said why it cannot be."""

from pathlib import Path

from chaoskit.core.diagnostic import Diagnostic, SpecError
from chaoskit.spec.parse import MAX_BYTES


def read_text(path: Path) -> str:
    """Return the text of a file. Raises SpecError where it cannot be an experiment."""
    try:
        if path.is_dir():
            raise _wrong(path, "expected a file, got a folder", "name the .yaml file in it")
        if path.exists() and not path.is_file():
            raise _wrong(path, "expected a file, got something that is not one")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _wrong(path, "there is no such file", _beside(path)) from None
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or "not a usable path"
        raise _wrong(path, f"the file cannot be read: {why.lower()}") from None
    if len(content) > MAX_BYTES:
        raise _wrong(path, "expected at most 1 MiB, got more", "is this the right file?")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _wrong(
            path,
            f"expected UTF-8, got byte 0x{content[error.start]:02x} at offset {error.start} (line {line})",
            "save the file as UTF-8",
        ) from None


def _beside(path: Path) -> str | None:
    try:
        beside = sorted(each.name for each in path.parent.glob("*.y*ml"))
    except OSError:
        return None
    return f"in {path.parent} there is {', '.join(beside[:8])}" if beside else None


def _wrong(path: Path, message: str, hint: str | None = None) -> SpecError:
    return SpecError(str(path), "", (Diagnostic(message, None, hint),))
