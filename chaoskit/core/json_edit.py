"""Change one field of a JSON document, wherever a path finds it.

A path is names joined by dots: ``charge.amount``. In it ``*`` is each element of an array or each
value of an object, and a number is one element of an array: ``data.*.id``, ``items.0.price``. A field
whose name has a dot in it cannot be named.
"""

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, cast

UNKNOWN = "unknown_to_this_contract"
"""The text that stands for a value which no version of a contract lists."""

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type Place = tuple[dict[str, Json], str] | tuple[list[Json], int]


def parsed(text: bytes) -> Json:
    """Return the document; ValueError if ``text`` is not JSON, in UTF-8, that can be written again."""
    try:
        return cast("Json", json.loads(text.decode(), parse_constant=_refuse))
    except RecursionError as problem:
        raise ValueError("nested too deeply") from problem


def written(document: Json) -> bytes:
    """Return ``document`` as text; equal JSON, but spaces and the spelling of numbers may change."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def drop(document: Json, path: str) -> int:
    """Take the fields at ``path`` out of ``document``; return how many there were."""
    places = list(_places(document, path.split(".")))
    for container, key in reversed(places):  # from the end: indexes before it stay right
        del cast("Any", container)[key]
    return len(places)


def rename(document: Json, path: str, name: str) -> int:
    """Call the fields at ``path`` by another ``name``, in their place; return how many there were."""
    found = 0
    for container, key in list(_places(document, path.split("."))):
        if isinstance(container, dict):
            kept = [(k, v) for k, v in container.items() if k != name or k == key]
            container.clear()
            container.update((name if k == key else k, v) for k, v in kept)
            found += 1
    return found


def retype(document: Json, path: str) -> int:
    """Give the values at ``path`` another type; return how many there were."""
    places = list(_places(document, path.split(".")))
    for container, key in places:
        cast("Any", container)[key] = other_type(cast("Any", container)[key])
    return len(places)


def nullify(document: Json, path: str) -> int:
    """Make the values at ``path`` null; return how many were not."""
    return _replace(document, path, lambda _: None)


def empty(document: Json, path: str) -> int:
    """Empty the lists, objects and texts at ``path``; return how many had something in them."""
    return _replace(
        document, path, lambda value: type(value)() if isinstance(value, str | list | dict) else value
    )


def unknown(document: Json, path: str) -> int:
    """Put ``UNKNOWN`` in the place of the texts at ``path``; return how many there were."""
    return _replace(document, path, lambda value: UNKNOWN if isinstance(value, str) else value)


def add(document: Json, path: str) -> int:
    """Give the objects above the last name of ``path`` a field of that name, true; return to how many.

    An object that has the field already is left alone.
    """
    above, _, name = path.rpartition(".")
    containers = (
        [document] if not above else [cast("Any", c)[k] for c, k in _places(document, above.split("."))]
    )
    found = 0
    for container in containers:
        if isinstance(container, dict) and name not in container:
            container[name] = True
            found += 1
    return found


def _replace(document: Json, path: str, new: Callable[[Json], Json]) -> int:
    found = 0
    for container, key in list(_places(document, path.split("."))):
        value = cast("Any", container)[key]
        if new(value) != value:
            cast("Any", container)[key] = new(value)
            found += 1
    return found


def other_type(value: Json) -> Json:
    """Return ``value`` as an API that changed its mind would send it.

    A number, true, false and null become text; text becomes a number where it is written as one, else a
    list with that text; a list becomes an object ``{"items": list}``; an object becomes a list with it.
    """
    match value:
        case str():
            number = _number(value)
            return [value] if number is None else number
        case list():
            return {"items": value}
        case dict():
            return [value]
        case _:
            return json.dumps(value)


def check_path(what: str, path: str) -> None:
    """Raise ValueError unless ``path``, the value of ``what``, is names joined by dots."""
    if not all(path.split(".")):
        raise ValueError(f"{what} must be names joined by dots, as in data.*.id; got {path!r}")


def _places(document: Json, path: list[str]) -> Iterator[Place]:
    name, rest = path[0], path[1:]
    for place in _named(document, name):
        if rest:
            yield from _places(cast("Any", place[0])[place[1]], rest)
        else:
            yield place


def _named(container: Json, name: str) -> Iterator[Place]:
    match container:
        case dict() if name == "*":
            yield from ((container, key) for key in container)
        case dict() if name in container:
            yield container, name
        case list() if name == "*":
            yield from ((container, index) for index in range(len(container)))
        case list() if name.isascii() and name.isdigit() and int(name) < len(container):
            yield container, int(name)
        case _:
            pass


def _number(text: str) -> float | None:
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    match value:
        case bool():
            return None
        case int():
            return value
        case float() if math.isfinite(value):  # 1e999 reads as infinity, which JSON cannot write
            return value
        case _:
            return None


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not JSON")
