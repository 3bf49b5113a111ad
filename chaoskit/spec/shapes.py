"""How a field's annotation says what its YAML looks like. The decoder and the schema both read it here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from chaoskit.core.frozen import frozen
from chaoskit.spec.nodes import Node, Pairs, close, keys


@frozen
class Written:
    """In an annotation: a scalar with its own way of being written. ``parse`` raises ScalarError."""

    what: str
    example: str
    parse: Callable[[str], Any]
    pattern: str | None = None


@frozen
class OneOf:
    """In an annotation: one key, a name of ``kinds``, over the parameters of what it names."""

    what: str
    kinds: Callable[[], Mapping[str, type]]


@frozen
class Rest:
    """In an annotation: every key that is no other field's; the names are those of ``kinds``."""

    what: str
    kinds: Callable[[], Mapping[str, type]]


@frozen
class OrOne:
    """In an annotation of a list: a single one may stand without the brackets."""


@frozen
class AnyJson:
    """In an annotation of ``bytes``: any YAML, kept as the JSON that it stands for."""


@frozen
class At[T]:
    """A value with the node that it came from, for checks that need the whole file."""

    value: T
    node: Node


@frozen
class Named[T]:
    """A value with the name of its kind."""

    name: str
    value: T


class Section:
    """Base of the mappings of a file. A field is None where nothing usable was said; that has been noted."""

    @classmethod
    def variant(cls, node: Node) -> "type[Section]":  # noqa: ARG003 - a default
        """Return the section that ``node`` is: another one where what it says calls for that."""
        return cls

    @classmethod
    def variants(cls) -> "tuple[type[Section], ...]":
        """Return every section that may stand here."""
        return (cls,)

    @classmethod
    def missing_hint(cls, name: str, node: Pairs) -> str | None:  # noqa: ARG003 - a default
        """Return what to try where the required field ``name`` is missing from ``node``."""
        return None


@frozen
class Parameter:
    """One field of a class, as a file sees it."""

    name: str  # in YAML
    attribute: str
    wanted: Any  # the annotation, without None
    is_required: bool
    default: Any = None
    doc: str = ""

    @property
    def rest(self) -> Rest | None:
        """What its names are, where it takes every other key."""
        return marker(self.wanted, Rest)


@cache
def parameters(kind: type) -> tuple[Parameter, ...]:
    """Return the fields of a dataclass as a file sees them, in order."""
    assert is_dataclass(kind), kind
    hints = get_type_hints(kind, include_extras=True)
    docs = field_docs(kind)
    return tuple(_parameter(each, hints[each.name], docs) for each in fields(kind) if each.init)


def mentions(node: Node, name: str, kind: type) -> bool:
    """Tell whether a mapping has the key ``name``, perhaps misspelt: that has its own message then."""
    known = [each.name for each in parameters(kind)]
    return any(key == name or (key not in known and close(key, known) == name) for key in keys(node))


def _parameter(each: Field[Any], hint: Any, docs: Mapping[str, str]) -> Parameter:
    has_default = each.default is not MISSING or each.default_factory is not MISSING
    default = each.default if each.default is not MISSING else None
    if each.default_factory is not MISSING:
        default = each.default_factory()
    name = each.name.rstrip("_")
    return Parameter(name, each.name, without_none(hint), not has_default, default, docs.get(name, ""))


def without_none(hint: Any) -> Any:
    """Return a union's members other than None, as one annotation."""
    if not is_union(hint):
        return hint
    members = [each for each in get_args(hint) if each is not NoneType]
    return members[0] if len(members) == 1 else Union[tuple(members)]  # noqa: UP007 - members are a value


def is_union(hint: Any) -> bool:
    """Tell whether an annotation is ``X | Y``."""
    return get_origin(hint) in (Union, UnionType)


def marker[M](hint: Any, kind: type[M]) -> M | None:
    """Return the note of that kind in an ``Annotated`` hint, or None."""
    return next((each for each in getattr(hint, "__metadata__", ()) if isinstance(each, kind)), None)


def bare(hint: Any) -> Any:
    """Return what an ``Annotated`` hint annotates; another hint as it is."""
    return get_args(hint)[0] if hasattr(hint, "__metadata__") else hint


def table_of(hint: Any) -> Any:
    """Return the value's annotation where ``hint`` is ``tuple[tuple[str, X], ...]``, a mapping; else None."""
    pair = list_of(hint)
    if pair is not None and get_origin(pair) is tuple:
        args = get_args(pair)
        if len(args) == 2 and args[0] is str and args[1] is not Ellipsis:
            return args[1]
    return None


def list_of(hint: Any) -> Any:
    """Return X where ``hint`` is ``tuple[X, ...]``, else None."""
    inner = bare(hint)
    args = get_args(inner)
    return args[0] if get_origin(inner) is tuple and len(args) == 2 and args[1] is Ellipsis else None


def short_form(kind: type) -> Parameter | None:
    """Return the field that may be written without its name: the only required one, or the only one."""
    all_ = parameters(kind)
    needed = [each for each in all_ if each.is_required]
    if len(needed) == 1 and (len(all_) == 1 or table_of(needed[0].wanted) is None):
        return needed[0]
    return None


def stands_alone(kind: type) -> bool:
    """Tell whether a class needs no parameter, so that its name says everything."""
    try:
        kind()
    except (TypeError, ValueError):
        return False
    return True


def snake(kind: type) -> str:
    """Return a class's name in YAML: ``RateLimit`` is ``rate_limit``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()


def summary(kind: type) -> str:
    """Return a class's docstring up to the docs of its fields."""
    return _split_doc(kind)[0]


def field_docs(kind: type) -> dict[str, str]:
    """Return the docs of a class's fields: the docstring's parts that begin with ````name````:."""
    return _split_doc(kind)[1]


def _split_doc(kind: type) -> tuple[str, dict[str, str]]:
    names = [re.escape(each.name.rstrip("_")) for each in fields(kind)]  # type: ignore[arg-type]
    text = " ".join((kind.__doc__ or "").split())
    if not names or text.startswith(f"{kind.__name__}("):
        return ("" if text.startswith(f"{kind.__name__}(") else text), {}
    one = rf"``(?:{'|'.join(names)})(?:: [^`]*)?``"
    pieces = re.split(rf"((?:{one}, )*{one}): ", text)
    docs: dict[str, str] = {}
    for heads, doc in zip(pieces[1::2], pieces[2::2], strict=True):
        for head in re.findall(r"``(\w+)", heads):
            docs[head] = doc.strip()
    return pieces[0].strip(), docs
