"""What a YAML file is made of, each piece with its place: text, lists and mappings, nothing else.

Scalars stay as they were written; the field that they are for decides what they mean.
"""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NoReturn

from chaoskit.core.diagnostic import Diagnostic, Span
from chaoskit.core.frozen import frozen


@frozen
class Place:
    """Where something was written: in the file, or in a change given as ``--set CHANGE``."""

    span: Span
    change: str | None = None


@frozen
class Text:
    """A scalar. ``is_plain``: it was written without quotes, so ``null`` and nothing at all mean nothing."""

    place: Place
    text: str
    is_plain: bool = True

    @property
    def is_nothing(self) -> bool:
        return self.is_plain and self.text in ("", "~", "null", "Null", "NULL")


@frozen
class Items:
    """A list."""

    place: Place
    items: tuple["Node", ...]


@frozen
class Pairs:
    """A mapping, in the order of the file; keys are unique."""

    place: Place
    pairs: tuple[tuple[Text, "Node"], ...]

    def get(self, key: str) -> "Node | None":
        """Return what stands behind ``key``, or None."""
        return next((value for each, value in self.pairs if each.text == key), None)


Node = Text | Items | Pairs


class Rejected(Exception):  # noqa: N818 - not an error of its own: the problem has been noted already
    """A piece cannot be decoded, and why has been noted."""


@dataclass(slots=True)
class Problems:
    """Every problem found so far, in the order of finding."""

    found: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def add(self, place: Place | None, message: str, hint: str | None = None) -> None:
        """Note a problem. One that was noted already (an alias is decoded at each use) is not repeated."""
        span = place.span if place is not None else None
        if place is not None and place.change is not None:
            span, message = None, f"--set {place.change}: {message}"
        diagnostic = Diagnostic(message, span, hint)
        if diagnostic not in self.found:
            self.found.append(diagnostic)

    def reject(self, place: Place | None, message: str, hint: str | None = None) -> NoReturn:
        """Note a problem and give up the piece that it spoils."""
        self.add(place, message, hint)
        raise Rejected

    def in_order(self) -> tuple[Diagnostic, ...]:
        """Return the problems in the order of the file, those without a place first."""
        return tuple(sorted(self.found, key=lambda d: (d.span.line, d.span.column) if d.span else (0, 0)))


def keys(node: Node) -> tuple[str, ...]:
    """Return the keys of a mapping; none of anything else."""
    return tuple(key.text for key, _ in node.pairs) if isinstance(node, Pairs) else ()


def kind(node: Node) -> str:
    """Say what came, for a message: the value itself, or what it is."""
    match node:
        case Text():
            return "nothing" if node.is_nothing else quoted(node.text)
        case Items():
            return f"a list of {len(node.items)}"
        case Pairs():
            return "a mapping"


def quoted(text: str) -> str:
    """Return ``text`` in quotes on one line, cut if it is long."""
    return f"'{on_one_line(text, 60)}'"


def on_one_line(text: str, most: int) -> str:
    """Return ``text`` with what cannot be shown as ``?``, cut after ``most`` characters."""
    shown = "".join(each if each.isprintable() else "?" for each in text[: most + 1])
    return f"{shown[:most]}..." if len(shown) > most else shown


def close(name: str, known: tuple[str, ...] | list[str]) -> str | None:
    """Return the known name that ``name`` looks like a misspelling of, or None."""
    by_lower = {each.lower(): each for each in known}
    found = get_close_matches(name.lower()[:80], by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, known: tuple[str, ...] | list[str], what: str) -> str:
    """Return a hint for an unknown name: the likely one, else all that are known."""
    likely = close(name, known)
    if likely is not None:
        return f"did you mean `{likely}`?"
    return f"known {what}: {', '.join(known)}" if known else f"there are no {what}"
