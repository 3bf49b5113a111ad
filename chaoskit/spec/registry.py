"""Names to classes: the faults (modules of ``chaoskit.faults``, and entry points) and the objectives."""

import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

from chaoskit import faults as fault_modules
from chaoskit.core.diagnostic import Diagnostic, SpecError
from chaoskit.core.fault import Fault
from chaoskit.core.service import ServiceFault
from chaoskit.faults import service as service_modules
from chaoskit.slos.kinds import KINDS
from chaoskit.slos.objective import JudgedObjective
from chaoskit.spec.plugins import offers

GROUP = "chaoskit.faults"


@cache
def faults() -> Mapping[str, type[Fault]]:
    """Return every fault by its YAML name: its module's name, or its entry point's.

    An entry point that does not name a fault, or takes a name that exists, raises SpecError.
    """
    found = _Classes(fault_modules, Fault)
    for point in offers(GROUP):
        try:
            kind: object = point.load()
        except Exception as error:
            raise _broken(point.name, f"{point.value} cannot be imported: {error}") from error
        if not (isinstance(kind, type) and issubclass(kind, Fault) and is_dataclass(kind)):
            raise _broken(point.name, f"expected a dataclass that is a Fault, got {point.value}")
        if point.name in found:
            raise _broken(point.name, "expected a name of its own, got one that is taken")
        found.add(point.name, kind)
    return found


@cache
def service_faults() -> Mapping[str, type[ServiceFault]]:
    """Return every fault on a service's containers by its YAML name: its module's."""
    return _Classes(service_modules, ServiceFault)


class _Classes[T](Mapping[str, type[T]]):
    """The one class of each module of a package that is a ``base``, by the module's name.

    A module is imported when its name is asked for: there are dozens, and a file names few.
    """

    def __init__(self, package: ModuleType, base: type[T]) -> None:
        modules = pkgutil.iter_modules(package.__path__)
        self._found: dict[str, type[T] | None] = {
            each.name: None for each in sorted(modules, key=lambda each: each.name) if not each.ispkg
        }
        self._package = package.__name__
        self._base = base

    def add(self, name: str, kind: type[T]) -> None:
        """Know one more."""
        self._found[name] = kind

    def __getitem__(self, name: str) -> type[T]:
        found = self._found[name]
        if found is None:
            found = self._found[name] = self._class_of(import_module(f"{self._package}.{name}"))
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def _class_of(self, module: ModuleType) -> type[T]:
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, self._base) and each.__module__ == module.__name__:
                return each
        raise TypeError(f"{module.__name__} has no {self._base.__name__}")


def objectives() -> Mapping[str, type[JudgedObjective]]:
    """Return every kind of objective by its YAML name."""
    return KINDS


def _broken(name: str, message: str) -> SpecError:
    return SpecError(f"entry point {GROUP}:{name}", "", (Diagnostic(message),))
