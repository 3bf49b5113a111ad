"""The experiment file as JSON Schema, for editors: the declarations that decode it, said another way.

What a schema cannot see (unknown names, windows outside the run) is the decoder's alone. Scalars are accepted
however the editor's YAML types them, since the decoder reads them as they are written.
"""

from dataclasses import is_dataclass
from typing import Any, Literal, get_args, get_origin

from chaoskit.core.curve import Curve
from chaoskit.core.objective import Comparison, Margin
from chaoskit.core.units import Unit
from chaoskit.spec import scalars
from chaoskit.spec.sections import FileSection
from chaoskit.spec.shapes import (
    AnyJson,
    At,
    OneOf,
    OrOne,
    Section,
    Written,
    bare,
    is_union,
    list_of,
    marker,
    parameters,
    short_form,
    snake,
    stands_alone,
    summary,
    table_of,
    without_none,
)

Schema = dict[str, Any]
_ANY_SCALAR = ["string", "number", "boolean"]


def schema() -> Schema:
    """Return the JSON Schema (2020-12) of an experiment file."""
    writer = _Writer()
    root = writer.of_class(FileSection)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "chaoskit experiment",
        **root,
        "$defs": dict(sorted(writer.definitions.items())),
    }


class _Writer:
    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def of(self, wanted: Any) -> Schema:
        hint = without_none(wanted)
        if get_origin(hint) is At:
            return self.of(get_args(hint)[0])
        chosen = marker(hint, OneOf)
        if chosen is not None:
            return self.one_of(
                {name: self.ref(kind) for name, kind in chosen.kinds().items()},
                [name for name, kind in chosen.kinds().items() if stands_alone(kind)],
            )
        if marker(hint, AnyJson) is not None:
            return {}
        if table_of(hint) is not None:
            return {"type": "object", "additionalProperties": self.of(table_of(hint))}
        if list_of(hint) is not None:
            each = self.of(list_of(hint))
            many: Schema = {"type": "array", "items": each}
            return {"anyOf": [each, many]} if marker(hint, OrOne) is not None else many
        if is_union(hint):
            return self.union(get_args(hint))
        if isinstance(hint, type) and is_dataclass(hint) and hint is not Margin:
            several = hint.variants() if issubclass(hint, Section) else (hint,)
            found = [self.ref(each) for each in several]
            return found[0] if len(found) == 1 else {"anyOf": found}
        return scalar(hint)

    def union(self, members: tuple[Any, ...]) -> Schema:
        if any(isinstance(each, type) and issubclass(each, Section) for each in members):
            return {"anyOf": [self.of(each) for each in members]}
        found = self.one_of({snake(each): self.ref(each) for each in members}, [])
        short = short_form(members[0])
        return found if short is None else {"anyOf": [self.of(short.wanted), found]}

    def one_of(self, kinds: dict[str, Schema], alone: list[str]) -> Schema:
        over: Schema = {
            "type": "object",
            "properties": kinds,
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        return {"anyOf": [{"enum": alone}, over]} if alone else over

    def ref(self, kind: type) -> Schema:
        # a fault on a service may be called like one on a provider
        module = kind.__module__.removeprefix("chaoskit.faults.").removeprefix("chaoskit.").split(".")
        name = ".".join((*(module if module[0] == "service" else module[-1:]), kind.__name__))
        if name not in self.definitions:
            self.definitions[name] = {}  # so that a class may contain itself
            self.definitions[name] = self.of_class(kind)
        return {"$ref": f"#/$defs/{name}"}

    def of_class(self, kind: type) -> Schema:
        properties: dict[str, Schema] = {}
        for each in parameters(kind):
            if each.rest is not None:
                for name, other in each.rest.kinds().items():
                    properties[name] = self.objective(other)
            else:
                properties[each.name] = self.of(each.wanted)
                if each.doc:
                    properties[each.name]["description"] = each.doc
        found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        needed = [each.name for each in parameters(kind) if each.is_required]
        if needed:
            found["required"] = needed
        if summary(kind):
            found["description"] = summary(kind)
        return found

    def objective(self, kind: type) -> Schema:
        short = short_form(kind)
        if short is None:
            return self.ref(kind)
        return {"anyOf": [self.of(short.wanted), self.ref(kind)], "description": summary(kind)}


def scalar(hint: Any) -> Schema:
    """Return the schema of a scalar."""
    written, unit, plain = marker(hint, Written), marker(hint, Unit), bare(hint)
    if written is not None:
        found: Schema = {"type": _ANY_SCALAR, "examples": [written.example.strip('"')]}
        return found | ({"pattern": f"^{written.pattern}$"} if written.pattern is not None else {})
    if unit is not None:
        form = scalars.FORMS[unit.name]
        if plain is Comparison:
            return _text(rf"(>=|<=)\s*{form.pattern}", f">= {unit.example}")
        if plain is Curve:
            return _text(rf"{form.pattern}(\s*->.+)?", f"0{unit.example[-2:]} -> {unit.example} over 60s")
        if not form.guess:
            return _text(form.pattern, unit.example) | {"type": ["integer", "string"], "minimum": form.least}
        return _text(form.pattern, unit.example)
    if get_origin(plain) is Literal:
        words: list[str] = list(get_args(plain))
        return {"enum": [*words, *(int(each) for each in words if each.isdigit())]}
    match plain:
        case _ if plain is int:
            return _text(r"-?[0-9]+", "1") | {"type": ["integer", "string"]}
        case _ if plain is float:
            return {"type": ["number", "string"]}
        case _ if plain is bool:
            return {"enum": [True, False, "true", "false"]}
        case _ if plain is Margin:
            return _text(r"\+\S+(\s+\+\S+)?", "+25% +5ms")
        case _:
            return {"type": _ANY_SCALAR}


def _text(pattern: str, example: str) -> Schema:
    return {"type": "string", "pattern": rf"^\s*{pattern}\s*$", "examples": [example]}
