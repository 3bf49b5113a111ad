"""A fault explained from its own declaration, as text for a terminal."""

import textwrap
from typing import Any

from chaoskit.core.units import DURATION, SHARE, SIZE, Unit
from chaoskit.spec.reading import expected
from chaoskit.spec.registry import faults, service_faults
from chaoskit.spec.shapes import Parameter, marker, parameters, stands_alone, summary, without_none

WIDTH = 96


def describe_fault(name: str) -> str:
    """Return what the fault called ``name`` does, and its parameters; KeyError if there is none."""
    return _described(name, faults()[name])


def describe_service_fault(name: str) -> str:
    """Return what the fault on a service called ``name`` does; KeyError if there is none."""
    kind = service_faults()[name]
    return "\n".join([
        _described(name, kind),
        "",
        *_wrapped(f"open connections: {kind.on_open_connections}", "", "  "),
        *_wrapped(f"leaves: {kind.leaves}", "", "  "),
    ])  # fmt: skip


def _described(name: str, kind: type) -> str:
    every = parameters(kind)
    needed = [f"{each.name}: ..." for each in every if each.is_required]
    given = ", ".join(needed) or ("" if stands_alone(kind) else "...")
    lines = [f"{name}: {{{given}}}", "", *_wrapped(summary(kind), "")]
    if every:
        lines += ["", "parameters:"]
    for each in every:
        lines += ["", *_wrapped(f"{each.name}: {_value(each)}", "  ", "      ")]
        lines += _wrapped(each.doc, "      ")
    return "\n".join(lines)


def _wrapped(text: str, indent: str, then: str | None = None) -> list[str]:
    plain = text.replace("``", "`")
    return textwrap.wrap(plain, WIDTH, initial_indent=indent, subsequent_indent=then or indent)


def _value(parameter: Parameter) -> str:
    what = expected(parameter.wanted)
    if parameter.is_required:
        return f"{what}; required"
    if parameter.default in (None, "", ()):
        return f"{what}; optional"
    return f"{what}; default {shown(parameter.default, parameter.wanted)}"


def shown(value: Any, wanted: Any) -> str:
    """Return a default as it would be written in a file."""
    unit = marker(without_none(wanted), Unit)
    match value:
        case bool():
            return str(value).lower()
        case int() | float() if unit == DURATION:
            return f"{value:g}s"
        case int() | float() if unit == SHARE:
            return f"{value * 100:g}%"
        case int() | float() if unit == SIZE:
            return f"{value:g}B"
        case _:
            return str(value)
