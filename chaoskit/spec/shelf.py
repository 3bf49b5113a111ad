"""The catalogue's files: those of the package, and a user's own of the same format."""

from dataclasses import field
from functools import cache
from pathlib import Path

from chaoskit import catalogue
from chaoskit.catalogue.provider import Dialect, KnownProvider
from chaoskit.core.diagnostic import SpecError
from chaoskit.core.edge import Edge
from chaoskit.core.frozen import frozen
from chaoskit.spec.edges import edge as read_edge
from chaoskit.spec.files import read_text
from chaoskit.spec.known import known_provider
from chaoskit.spec.nodes import Place, Problems, did_you_mean, quoted

# not `importlib.resources`, which takes 8 ms to import for the sake of archives
CATALOGUE = Path(catalogue.__path__[0])


@cache
def provider_names() -> tuple[str, ...]:
    """Return the names of all providers of the package, in order."""
    return _names("providers")


@cache
def provider(name: str) -> KnownProvider | None:
    """Return the package's provider of that name, or None. Only its own file is read."""
    if name not in provider_names():
        return None
    file = CATALOGUE / "providers" / f"{name}.yaml"
    return known_provider(str(file), file.read_text(encoding="utf-8"))


@cache
def edge_names() -> tuple[str, ...]:
    """Return the names of all edges of the package, in order."""
    return _names("edges")


@cache
def edge(name: str) -> Edge | None:
    """Return the package's edge of that name, or None."""
    if name not in edge_names():
        return None
    file = CATALOGUE / "edges" / f"{name}.yaml"
    return read_edge(str(file), file.read_text(encoding="utf-8"))


def edges() -> tuple[Edge, ...]:
    """Return all edges of the package, in order."""
    return tuple(found for each in edge_names() if (found := edge(each)) is not None)


def _names(folder: str) -> tuple[str, ...]:
    found = [each.name for each in (CATALOGUE / folder).iterdir() if each.name.endswith(".yaml")]
    return tuple(sorted(each.removesuffix(".yaml") for each in found))


def unknown_provider(name: str) -> str:
    """Return a hint for a name that the package's catalogue does not have."""
    return did_you_mean(name, provider_names(), "providers")


@frozen
class Shelf:
    """What an experiment can refer to: its own files first, then the package's."""

    own: dict[str, KnownProvider] = field(default_factory=dict[str, KnownProvider])

    def names(self) -> tuple[str, ...]:
        """Return the names of all providers that are known."""
        return tuple(sorted({*self.own, *provider_names()}))

    def provider(self, name: str) -> KnownProvider | None:
        """Return the provider of that name, or None."""
        return self.own.get(name) or provider(name)

    def dialect(self, like: str, place: Place, problems: Problems) -> Dialect | None:
        """Return what ``provider/error`` names; what is wrong with it is noted."""
        name, slash, error = like.partition("/")
        found = self.provider(name)
        if not slash or not error:
            problems.add(place, f"expected a provider's error such as stripe/rate-limit, got {quoted(like)}")
        elif found is None:
            hint = did_you_mean(name, self.names(), "providers")
            problems.add(place, f"the catalogue has no provider {quoted(name)}", hint)
        elif (dialect := found.error(error)) is not None:
            return dialect
        else:
            known = [each.name for each in found.errors]
            problems.add(
                place, f"{name} has no error {quoted(error)}", did_you_mean(error, known, f"errors of {name}")
            )
        return None


def shelf_with(paths: tuple[tuple[str, Place], ...], folder: Path, problems: Problems) -> Shelf:
    """Return the package's catalogue with a user's own files, which win; what is wrong in them is noted."""
    shelf = Shelf()
    for name, place in paths:
        path = folder / name
        try:
            found = known_provider(str(path), read_text(path))
        except SpecError as error:
            problems.add(place, f"the catalogue file {quoted(name)} is wrong", f"see\n{error}")
            continue
        shelf.own[found.name] = found
    return shelf
