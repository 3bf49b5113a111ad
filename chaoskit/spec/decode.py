"""Nodes to values, led by annotations; every problem is noted at its place, and decoding goes on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from types import NoneType
from typing import Any, get_args, get_origin

from chaoskit.core.objective import Margin
from chaoskit.spec import scalars
from chaoskit.spec.nodes import (
    Items,
    Node,
    Pairs,
    Place,
    Problems,
    Rejected,
    Text,
    close,
    did_you_mean,
    kind,
    quoted,
)
from chaoskit.spec.reading import expected, expected_of_union, read_scalar
from chaoskit.spec.shapes import (
    AnyJson,
    At,
    Named,
    OneOf,
    OrOne,
    Parameter,
    Section,
    bare,
    is_union,
    list_of,
    marker,
    parameters,
    short_form,
    snake,
    stands_alone,
    table_of,
    without_none,
)
from chaoskit.spec.words import json_scalar


class Decoder:
    """Decodes one file. What it cannot decode it notes in ``problems``, and raises Rejected."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def decode(self, node: Node, wanted: Any, *, lenient: bool = False) -> Any:
        """Return the value of ``node`` as ``wanted``. ``lenient``: a list keeps its right entries."""
        hint = without_none(wanted)
        if get_origin(hint) is At:
            return At(self.decode(node, get_args(hint)[0], lenient=lenient), node)
        chosen = marker(hint, OneOf)
        if chosen is not None:
            return self.one_of(node, chosen)
        if marker(hint, AnyJson) is not None:
            return json.dumps(self.json(node), ensure_ascii=False).encode()
        if isinstance(node, Text) and node.is_nothing and bare(hint) is not NoneType:
            self.problems.reject(node.place, f"expected {expected(hint)}, got nothing", "give a value")
        values = table_of(hint)
        if values is not None:
            return self.table(node, values, lenient=lenient)
        entries = list_of(hint)
        if entries is not None:
            return self.list(node, entries, or_one=marker(hint, OrOne) is not None, lenient=lenient)
        if is_union(hint):
            return self.union(node, get_args(hint))
        if isinstance(hint, type) and is_dataclass(hint) and hint is not Margin:
            if issubclass(hint, Section):
                return self.section(node, hint.variant(node))
            return self.shape(node, hint)
        return self.scalar(node, hint)

    def scalar(self, node: Node, hint: Any) -> Any:
        if not isinstance(node, Text):
            self.problems.reject(node.place, f"expected {expected(hint)}, got {kind(node)}")
        try:
            return read_scalar(node.text, hint)
        except scalars.ScalarError as error:
            self.problems.reject(node.place, error.message, error.hint)

    def table(self, node: Node, values: Any, *, lenient: bool) -> tuple[tuple[str, Any], ...]:
        if not isinstance(node, Pairs):
            self.problems.reject(
                node.place, f"expected a mapping of names to {expected(values)}, got {kind(node)}"
            )
        return self.all(
            [(lambda k=k, v=v: (k.text, self.decode(v, values))) for k, v in node.pairs], lenient=lenient
        )

    def list(self, node: Node, entries: Any, *, or_one: bool, lenient: bool) -> tuple[Any, ...]:
        if not isinstance(node, Items):
            if or_one:
                return (self.decode(node, entries),)
            hint = f"did you mean [{', '.join(node.text.split())}]?" if isinstance(node, Text) else None
            self.problems.reject(
                node.place, f"expected a list, each entry {expected(entries)}, got {kind(node)}", hint
            )
        return self.all([(lambda n=n: self.decode(n, entries)) for n in node.items], lenient=lenient)

    def all(self, thunks: "list[Callable[[], Any]]", *, lenient: bool = False) -> tuple[Any, ...]:
        """Run all of them, so that all problems are noted; raise Rejected at the end if any did."""
        done: list[Any] = []
        for thunk in thunks:
            try:
                done.append(thunk())
            except Rejected:
                continue
        if len(done) < len(thunks) and not lenient:
            raise Rejected
        return tuple(done)

    def union(self, node: Node, members: tuple[Any, ...]) -> Any:
        """Choose by what came: a mapping for a section, else one key named after a class."""
        sections = [each for each in members if isinstance(each, type) and issubclass(each, Section)]
        others = [each for each in members if each not in sections]
        if sections:
            return self.decode(node, sections[0] if isinstance(node, Pairs) else others[0])
        if isinstance(node, Text):
            short = short_form(members[0])
            if short is not None:
                return self.shape(node, members[0], short)
        if not isinstance(node, Pairs):
            self.problems.reject(node.place, f"expected {expected_of_union(members)}, got {kind(node)}")
        return self.one_of(node, OneOf("form", lambda: {snake(each): each for each in members})).value

    def one_of(self, node: Node, chosen: OneOf) -> Named[Any]:
        kinds = chosen.kinds()
        if isinstance(node, Text) and not node.is_nothing:
            found = self.known(node, kinds, chosen.what)
            return Named(node.text, self.shape(Pairs(node.place, ()), found))
        if not isinstance(node, Pairs) or len(node.pairs) != 1:
            what = kind(node) if not isinstance(node, Pairs) else f"{len(node.pairs)} keys"
            hint = (
                "make each its own entry"
                if isinstance(node, Pairs) and node.pairs
                else f"known: {', '.join(kinds)}"
            )
            self.problems.reject(
                node.place, f"expected one {chosen.what} over its parameters, got {what}", hint
            )
        key, value = node.pairs[0]
        found = self.known(key, kinds, chosen.what)
        if isinstance(value, Text) and value.is_nothing and stands_alone(found):
            self.problems.reject(
                value.place, "expected parameters, got nothing", f"write {{{key.text}: {{}}}}"
            )
        return Named(key.text, self.shape(value, found))

    def known(self, key: Text, kinds: Mapping[str, type], what: str) -> type:
        if key.text not in kinds:
            self.problems.reject(
                key.place,
                f"unknown {what} {quoted(key.text)}",
                did_you_mean(key.text, list(kinds), f"{what}s"),
            )
        return kinds[key.text]

    def shape(self, node: Node, cls: type, short: Parameter | None = None) -> Any:
        """Return ``cls`` with its fields from a mapping; its own checks are noted there too."""
        places: dict[str, Place] = {}
        if short is not None and not (isinstance(node, Pairs) and node.get(short.name) is not None):
            given = {short.attribute: self.decode(node, short.wanted)}
        else:
            given, complete = self.fields(node, cls)
            if not complete:
                raise Rejected
            if isinstance(node, Pairs):
                places = {key.text: value.place for key, value in node.pairs}
        try:
            return cls(**given)
        except ValueError as error:
            message = str(error)
            # a message that begins with a field's name is shown at its value
            place = places.get(message.split(" ", 1)[0].rstrip(","), node.place)
            self.problems.reject(place, message)

    def section(self, node: Node, cls: type[Section]) -> Any:
        """Return ``cls`` with what could be read; the rest is None, and has been noted."""
        given, _ = self.fields(node, cls)
        return cls(**{each.attribute: None for each in parameters(cls) if each.is_required} | given)

    def fields(self, node: Node, cls: type) -> tuple[dict[str, Any], bool]:
        """Return the fields that a mapping gives, and whether all are there and right."""
        if not isinstance(node, Pairs):
            self.problems.reject(node.place, f"expected {expected(cls)}, got {kind(node)}")
        every = parameters(cls)
        rest = next((each for each in every if each.rest is not None), None)
        named = {each.name: each for each in every if each is not rest}
        kinds: Mapping[str, type] = rest.rest.kinds() if rest is not None and rest.rest is not None else {}
        known = [*named, *kinds]
        given: dict[str, Any] = {}
        others: list[tuple[str, Any]] = []
        excused: set[str] = set()
        complete = True
        for key, value in node.pairs:
            try:
                if key.text in named:
                    this = named[key.text]
                    excused.add(this.name)
                    given[this.attribute] = self.decode(value, this.wanted, lenient=issubclass(cls, Section))
                elif key.text in kinds:
                    found = kinds[key.text]
                    others.append((key.text, At(self.shape(value, found, short_form(found)), value)))
                else:
                    complete = False
                    likely = close(key.text, known)
                    if likely is not None:
                        # a misspelt key has its own message; it is not missing as well
                        excused.add(likely)
                    self.problems.add(
                        key.place, f"unknown key {quoted(key.text)}", did_you_mean(key.text, known, "keys")
                    )
            except Rejected:
                complete = False
        for each in named.values():
            if each.is_required and each.name not in excused:
                complete = False
                hint = cls.missing_hint(each.name, node) if issubclass(cls, Section) else None
                self.problems.add(node.place, f"`{each.name}` is missing: {expected(each.wanted)}", hint)
        if rest is not None:
            given[rest.attribute] = tuple(others)
        return given, complete

    def json(self, node: Node) -> Any:
        match node:
            case Text():
                return json_scalar(node.text, is_plain=node.is_plain)
            case Items():
                return [self.json(each) for each in node.items]
            case Pairs():
                return {key.text: self.json(value) for key, value in node.pairs}
