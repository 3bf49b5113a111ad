"""Frozen dataclasses that cost a tenth of the standard ones to define.

The standard decorator compiles six methods for each class: with two hundred of them in a command, a third to
a half of what it takes to start. Here all but one are functions that were compiled with this module, and
``__init__`` is compiled when the first object is made.
"""

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, NoReturn, cast, dataclass_transform, overload


@overload
def frozen[T](cls: type[T], /) -> type[T]: ...


@overload
def frozen[T](*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: Any = None, /, *, kw_only: bool = False) -> Any:
    """Make a class what ``dataclass(frozen=True, slots=True, kw_only=...)`` would make it.

    ``fields``, ``replace``, ``asdict``, ``is_dataclass``, ``match``, ``copy``, ``pickle`` and
    ``inspect.signature`` work alike. But ``dataclass`` itself may not inherit from it, and an order of fields
    that no ``__init__`` can have is noticed when the first object is made.
    """

    def decorate(cls: type) -> type:
        return _frozen(cls, is_named=kw_only)

    return decorate if cls is None else decorate(cls)


def _frozen(cls: type, *, is_named: bool) -> type:
    own = set(vars(cls))
    bare: Any = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=is_named)
    made: type = bare(cls)
    if "__signature__" not in own:
        made.__signature__ = _Signature()  # pyright: ignore[reportAttributeAccessIssue]
    for name, method in (_SHARED | _methods(made)).items():
        if name not in own:
            setattr(made, name, method)
    return made


def _methods(made: type) -> dict[str, Callable[..., Any]]:
    """Return the methods that have to know the class."""
    shown = [each.name for each in fields(made) if each.repr]
    compared = _values([each.name for each in fields(made) if each.compare])

    def init(self: object, *args: object, **more: object) -> None:
        compiled = _init_of(made)
        type.__setattr__(made, "__init__", compiled)
        compiled(self, *args, **more)

    def show(self: object) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({values})"

    def equal(self: object, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compared(self) == compared(other)

    def hashed(self: object) -> int:
        return hash(compared(self))

    return {"__init__": init, "__repr__": show, "__eq__": equal, "__hash__": hashed}


class _Signature:
    """What ``inspect`` asks a class for: that of its ``__init__``, which may not be compiled yet."""

    def __get__(self, _: object, owner: type) -> Any:
        from inspect import signature  # noqa: PLC0415 - a command never asks, and it takes milliseconds

        init = signature(_init_of(owner))
        return init.replace(parameters=tuple(init.parameters.values())[1:])


def _values(names: list[str]) -> Callable[[object], tuple[object, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


def _init_of(made: type) -> Callable[..., None]:
    """Compile ``__init__``: plain statements are what makes objects as fast as those of ``dataclass``."""
    known: dict[str, Any] = {"put_": object.__setattr__, "missing_": MISSING}
    parameters: dict[bool, list[str]] = {False: ["self"], True: []}  # by whether they have to be named
    body: list[str] = []
    for each in fields(made):
        name, value = each.name, each.name
        if each.default_factory is not MISSING:
            known[f"{name}_factory_"] = each.default_factory
            known[f"{name}_default_"] = MISSING
            value = f"{name}_factory_()"
            value = f"{value} if {name} is missing_ else {name}" if each.init else value
        elif each.default is not MISSING:
            known[f"{name}_default_"] = each.default
            value = name if each.init else f"{name}_default_"
        elif not each.init:
            continue
        if each.init:
            default = f"={name}_default_" if f"{name}_default_" in known else ""
            parameters[bool(each.kw_only)].append(f"{name}{default}")
        body.append(f"put_(self, {name!r}, {value})")
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    listed = ", ".join(parameters[False] + (["*", *parameters[True]] if parameters[True] else []))
    text = "\n ".join([f"def __init__({listed}):", *(body or ["pass"])])
    exec(text, known)  # noqa: S102 - as the standard library does; the text is made of names of fields alone
    init = cast(Callable[..., None], known["__init__"])
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


def _refuse_set(_: object, name: str, __: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(_: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, each.name) for each in fields(self)]


def _restore(self: Any, state: list[object]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


_SHARED: dict[str, Callable[..., Any]] = {
    "__setattr__": _refuse_set,
    "__delattr__": _refuse_delete,
    "__getstate__": _state,
    "__setstate__": _restore,
}
