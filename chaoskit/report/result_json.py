"""``result.json``: the authority that every other report can be made from again.

It is the fields of ``core.result.Result``, by name, and ``schema_version``. The schema and the reader
walk the same annotations, so a new field with a default needs no change here.
"""

import json
import math
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from chaoskit.core.result import Result

VERSION = 1
"""Grows when a field is renamed, removed or changes its meaning, not when one is added."""

_NOT_FINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def render(result: Result) -> str:
    """Return ``result`` as ASCII JSON; numbers that JSON lacks are texts: ``inf``, ``-inf``, ``nan``."""
    document = {"schema_version": VERSION, **_plain(result)}
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def parse(text: str) -> Result:
    """Return the Result in ``text``. Unknown fields are skipped; anything else wrong is a ValueError."""
    try:
        document: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"expected a result.json, got text that is not JSON: {error}") from error
    version = document.get("schema_version") if isinstance(document, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if version != VERSION:
        raise ValueError(f"expected a result.json with schema_version {VERSION}, got {version!r}")
    return _decode(Result, document, "result")


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) that every ``render`` keeps to."""
    definitions: dict[str, Any] = {}
    root = _object_schema(Result, definitions)
    root["properties"] = {"schema_version": {"const": VERSION}, **root["properties"]}
    root["required"] = ["schema_version", *root["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "chaoskit result.json",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    match value:
        case StrEnum():
            return value.value
        case tuple():
            return [_plain(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
        case float() if not math.isfinite(value):
            return str(value)
        case _:
            return value


def _decode(kind: Any, value: Any, place: str) -> Any:
    if is_dataclass(kind):
        return _decode_object(kind, value, place)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if value in [each.value for each in kind]:
            return kind(value)
    elif get_origin(kind) is UnionType:
        if value is None and NoneType in get_args(kind):
            return None
        return _decode(next(each for each in get_args(kind) if each is not NoneType), value, place)
    elif get_origin(kind) is tuple:
        return _decode_tuple(get_args(kind), value, place)
    elif kind is float and isinstance(value, int | float | str) and not isinstance(value, bool):
        if not isinstance(value, str):
            return float(value)
        if value in _NOT_FINITE:
            return _NOT_FINITE[value]
    elif type(value) is kind:
        return value
    expected: str = getattr(kind, "__name__", str(kind))  # pyright: ignore[reportUnknownArgumentType]
    raise ValueError(f"{place}: expected a value of type {expected}, got {value!r}")


def _decode_object(kind: Any, value: Any, place: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{place}: expected an object, got {value!r}")  # noqa: TRY004 - the caller's one error
    hints = get_type_hints(kind)
    given: dict[str, Any] = {}
    for each in fields(kind):
        if each.name in value:
            given[each.name] = _decode(hints[each.name], value[each.name], f"{place}.{each.name}")
        elif _is_required(each):
            raise ValueError(f"{place}: expected a field `{each.name}`, got none")
    return kind(**given)


def _decode_tuple(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    if not isinstance(value, list):
        raise ValueError(f"{place}: expected a list, got {value!r}")  # noqa: TRY004 - the caller's one error
    items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
    if kinds[-1] is Ellipsis:
        return tuple(_decode(kinds[0], each, f"{place}[{i}]") for i, each in enumerate(items))
    if len(items) != len(kinds):
        raise ValueError(f"{place}: expected {len(kinds)} values, got {len(items)}")
    pairs = zip(kinds, items, strict=True)
    return tuple(_decode(kind, each, f"{place}[{i}]") for i, (kind, each) in enumerate(pairs))


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if is_dataclass(kind):
        name = getattr(kind, "__name__", "object")
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _object_schema(kind, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"enum": [each.value for each in kind]}
    if get_origin(kind) is UnionType:
        return {"anyOf": [_schema(each, definitions) for each in get_args(kind)]}
    if get_origin(kind) is tuple:
        kinds = get_args(kind)
        if kinds[-1] is Ellipsis:
            return {"type": "array", "items": _schema(kinds[0], definitions)}
        return {
            "type": "array",
            "prefixItems": [_schema(each, definitions) for each in kinds],
            "items": False,
            "minItems": len(kinds),
        }
    if kind is float:
        return {"anyOf": [{"type": "number"}, {"enum": list(_NOT_FINITE)}]}
    names = {str: "string", int: "integer", bool: "boolean", NoneType: "null"}
    return {"type": names[kind]}


def _object_schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {
        "type": "object",
        "properties": {each.name: _schema(hints[each.name], definitions) for each in fields(kind)},
        "required": [each.name for each in fields(kind)],
        "additionalProperties": False,
    }


def _is_required(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING
