"""Names to classes: the faults (modules of ``chaoskit.faults``, and entry points) and the objectives."""

import pkgutil
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType, ModuleType

from chaoskit import faults as fault_modules
from chaoskit.core.diagnostic import Diagnostic, SpecError
from chaoskit.core.fault import Fault
from chaoskit.core.service import ServiceFault
from chaoskit.faults import service as service_modules
from chaoskit.slos.kinds import KINDS
from chaoskit.slos.objective import JudgedObjective

GROUP = "chaoskit.faults"


@cache
def faults() -> Mapping[str, type[Fault]]:
    """Return every fault by its YAML name: its module's name, or its entry point's.

    An entry point that does not name a fault, or takes a name that exists, raises SpecError.
    """
    found = _classes(fault_modules, Fault)
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        try:
            kind: object = point.load()
        except Exception as error:
            raise _broken(point.name, f"{point.value} cannot be imported: {error}") from error
        if not (isinstance(kind, type) and issubclass(kind, Fault) and is_dataclass(kind)):
            raise _broken(point.name, f"expected a dataclass that is a Fault, got {point.value}")
        if point.name in found:
            raise _broken(point.name, "expected a name of its own, got one that is taken")
        found[point.name] = kind
    return MappingProxyType(found)


@cache
def service_faults() -> Mapping[str, type[ServiceFault]]:
    """Return every fault on a service's containers by its YAML name: its module's."""
    return MappingProxyType(_classes(service_modules, ServiceFault))


def _classes[T](package: ModuleType, base: type[T]) -> dict[str, type[T]]:
    """Return the one class of each module of ``package`` that is a ``base``, by the module's name."""
    found: dict[str, type[T]] = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
        if module.ispkg:
            continue
        loaded = import_module(f"{package.__name__}.{module.name}")
        for each in vars(loaded).values():
            if isinstance(each, type) and issubclass(each, base) and each.__module__ == loaded.__name__:
                found[module.name] = each
    return found


def objectives() -> Mapping[str, type[JudgedObjective]]:
    """Return every kind of objective by its YAML name."""
    return KINDS


def _broken(name: str, message: str) -> SpecError:
    return SpecError(f"entry point {GROUP}:{name}", "", (Diagnostic(message),))
