"""What an annotation of a scalar wants: reading it, and saying in a message what was expected."""

from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

from chaoskit.core.curve import Curve
from chaoskit.core.objective import Comparison, Margin
from chaoskit.core.units import Unit
from chaoskit.spec import scalars
from chaoskit.spec.nodes import close, did_you_mean, quoted
from chaoskit.spec.shapes import (
    At,
    OneOf,
    OrOne,
    Section,
    Written,
    bare,
    is_union,
    list_of,
    marker,
    short_form,
    snake,
    table_of,
    without_none,
)
from chaoskit.spec.timing import rate_curve


def read_scalar(text: str, hint: Any) -> Any:
    """Return the value of a scalar as its annotation wants it; ScalarError if it is not written so."""
    written = marker(hint, Written)
    if written is not None:
        return written.parse(text)
    unit = marker(hint, Unit)
    plain = bare(hint)
    if unit is not None:
        if plain is Comparison:
            return scalars.comparison(text, unit)
        if plain is Curve:
            return rate_curve(text)
        value = scalars.number(text, unit)
        return int(value) if plain is int else value
    if get_origin(plain) is Literal:
        allowed: list[str] = list(get_args(plain))
        if text not in allowed:
            raise scalars.ScalarError(
                f"expected {expected(hint)}, got {quoted(text)}",
                did_you_mean(text, allowed, "values") if close(text, allowed) else None,
            )
        return text
    readers: dict[Any, Callable[[str], Any]] = {
        str: str,
        int: scalars.whole_number,
        float: scalars.plain_number,
        bool: scalars.truth,
        Margin: scalars.margin,
    }
    return readers[plain](text)


def expected(hint: Any) -> str:
    """Say what an annotation wants, for a message."""
    hint = without_none(hint)
    if get_origin(hint) is At:
        return expected(get_args(hint)[0])
    for each in (marker(hint, Written), marker(hint, Unit), marker(hint, OneOf)):
        match each:
            case Written():
                return f"{each.what} such as {each.example}"
            case Unit():
                if bare(hint) is Comparison:
                    return f"a comparator and {scalars.FORMS[each.name].what}"
                return f"{scalars.FORMS[each.name].what} such as {each.example}"
            case OneOf():
                return f"a {each.what}"
            case _:
                pass
    plain = bare(hint)
    if table_of(hint) is not None:
        return f"a mapping of names to {expected(table_of(hint))}"
    if list_of(hint) is not None:
        each = expected(list_of(hint))
        return f"{each}, or a list" if marker(hint, OrOne) is not None else f"a list, each entry {each}"
    if is_union(hint):
        return expected_of_union(get_args(hint))
    if get_origin(plain) is Literal:
        words = [str(each) for each in get_args(plain)]
        return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
    names = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Margin: "a margin"}
    if plain in names:
        return names[plain]
    return "a mapping"


def expected_of_union(members: tuple[Any, ...]) -> str:
    """Say what one of several may be: what stands without a name, or the names."""
    if any(isinstance(each, type) and issubclass(each, Section) for each in members):
        return expected(members[0])
    short = short_form(members[0])
    if short is None:
        return f"one of {', '.join(snake(each) for each in members)}"
    return f"{expected(short.wanted)}, or one of {', '.join(snake(each) for each in members[1:])}"
