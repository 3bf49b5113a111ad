"""A class made ``frozen`` is as one of the standard library's frozen dataclasses, whatever is asked of it."""

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, astuple, dataclass, field, fields, is_dataclass, replace
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.frozen import frozen


class Plain:
    """Two numbers."""

    a: int
    b: float = 0.5
    kind: ClassVar[str] = "plain"


class Named:
    """A field without a default after one with it, and one that is made anew for each object."""

    a: int = 1
    b: tuple[int, ...]
    c: list[int] = field(default_factory=list, compare=False)


class Partly:
    """Fields that take no part in something."""

    a: int
    unseen: int = field(default=0, repr=False)
    aside: int = field(default=0, compare=False)
    made: list[int] = field(default_factory=list, init=False, compare=False)
    fixed: int = field(default=3, init=False)


class Inward:
    """Fields that bear names which a generated method might use itself."""

    put: int
    MISSING: int = 2
    fields: int = 3
    other: int = field(default_factory=int)


class Checked:
    """One that looks at itself."""

    a: int

    def __post_init__(self):
        """Refuse what is negative."""
        if self.a < 0:
            raise ValueError("negative")


class Nothing:
    """No fields."""


class Spoken:
    """Words of its own."""

    a: int

    def __repr__(self):
        """Say it otherwise."""
        return f"<{self.a}>"

    def __eq__(self, other):
        """Be equal to anything."""
        return True

    def __hash__(self):
        """Go with equality."""
        return 1


def both(cls, **options):
    """Make the class both ways; the first is the standard one."""
    namespace = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
    standard, ours = (type(cls.__name__, (), dict(namespace)) for _ in range(2))
    return dataclass(frozen=True, slots=True, **options)(standard), frozen(**options)(ours)


PAIRS = {
    "Plain": (both(Plain), lambda draw: {"a": draw(st.integers()), "b": draw(st.floats())}),
    "Named": (both(Named, kw_only=True), lambda draw: {"b": draw(st.tuples(st.integers()))}),
    "Partly": (
        both(Partly),
        lambda draw: {name: draw(st.integers(0, 1)) for name in ("a", "unseen", "aside")},
    ),
    "Inward": (both(Inward), lambda draw: {"put": draw(st.integers(0, 1)), "other": draw(st.integers(0, 1))}),
    "Nothing": (both(Nothing), lambda _: {}),
    "Spoken": (both(Spoken), lambda draw: {"a": draw(st.integers())}),
}


@pytest.mark.parametrize("name", PAIRS)
@given(st.data())
def test_objects_show_compare_and_hash_as_the_standard_ones(name, data):
    (standard, ours), values = PAIRS[name]
    one, two = values(data.draw), values(data.draw)
    their, other = standard(**one), standard(**two)
    our, another = ours(**one), ours(**two)
    assert repr(our) == repr(their)
    assert (our == another) == (their == other)
    assert our == ours(**one)
    assert (hash(our) == hash(another)) == (hash(their) == hash(other))
    assert our == copy.copy(our)  # also where a field is not a number
    assert our.__eq__(their) is their.__eq__(our)


@pytest.mark.parametrize("name", PAIRS)
def test_the_standard_library_takes_them_for_its_own(name):
    (standard, ours), _ = PAIRS[name]
    values = {each.name: 1 for each in fields(standard) if each.init}
    their, our = standard(**values), ours(**values)
    assert is_dataclass(ours)
    assert [each.name for each in fields(ours)] == [each.name for each in fields(standard)]
    assert (asdict(our), astuple(our)) == (asdict(their), astuple(their))
    assert ours.__match_args__ == standard.__match_args__
    assert (ours.__slots__, ours.__doc__) == (standard.__slots__, standard.__doc__)
    assert repr(copy.deepcopy(our)) == repr(our)
    if values:
        assert repr(replace(our, **{next(iter(values)): 2})) == repr(
            replace(their, **{next(iter(values)): 2})
        )
    with pytest.raises(FrozenInstanceError):
        our.a = 5
    with pytest.raises(FrozenInstanceError):
        del our.a


@frozen
class Kept:
    """One that can be pickled: its module has it under its name."""

    a: int
    b: tuple[str, ...] = ()


@frozen(kw_only=True)
class Longer(Kept):
    """One that adds to another."""

    c: int = 7


def test_it_is_pickled_inherited_from_and_matched():
    assert pickle.loads(pickle.dumps(Kept(1, ("x",)))) == Kept(1, ("x",))
    longer = Longer(1, c=2)
    assert pickle.loads(pickle.dumps(longer)) == longer
    assert (longer.a, longer.b, longer.c) == (1, (), 2)
    assert longer != Kept(1)
    match longer:
        case Kept(a, b):
            assert (a, b) == (1, ())
        case _:
            pytest.fail("it is one of those that it inherits from")


@pytest.mark.parametrize("wrong", [{}, {"a": 1, "x": 2}, {"b": 1.0}])
def test_wrong_arguments_are_refused_in_the_same_words(wrong):
    standard, ours = both(Plain)
    told = []
    for kind in (standard, ours):
        with pytest.raises(TypeError) as refused:
            kind(**wrong)
        told.append(str(refused.value))
    assert told[0] == told[1]
    with pytest.raises(TypeError):
        ours(1, 2.0, 3)
    with pytest.raises(TypeError):
        both(Named, kw_only=True)[1](1, ())


def test_a_list_is_made_anew_for_each_object():
    _, ours = both(Named, kw_only=True)
    one, two = ours(b=()), ours(b=())
    one.c.append(1)
    assert two.c == []
    assert ours(b=(), c=[5]).c == [5]


def test_what_looks_at_itself_is_asked():
    _, ours = both(Checked)
    assert ours(1).a == 1
    with pytest.raises(ValueError, match="negative"):
        ours(-1)


def test_its_signature_is_known_at_once():
    standard, ours = both(Named, kw_only=True)
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(standard).parameters)
