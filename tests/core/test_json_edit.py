"""One field of a JSON document changes, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.json_edit import check_path, drop, other_type, parsed, rename, retype, written

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def edited(edit, document, *arguments):
    copy = json.loads(json.dumps(document))
    return edit(copy, *arguments), copy


@given(documents)
def test_a_document_is_written_as_it_was_parsed(document):
    assert json.loads(written(parsed(json.dumps(document).encode()))) == document


@pytest.mark.parametrize(
    "text", [b"", b"{", b"NaN", b"[Infinity]", b"\xff", b"\xef\xbb\xbf{}", b"[" * 100_000, b"1" * 5000]
)
def test_what_is_not_json_is_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011 - each decoder has its own words
        parsed(text)


def test_a_number_too_large_to_write_again_is_a_value_error():
    with pytest.raises(ValueError, match=r"Out of range|not JSON"):
        written(parsed(b"[1e999]"))


ORDER = {"id": 1, "items": [{"price": 5, "tax": 1}, {"price": 6}, "note"], "a": {"b": {"c": 1}}}


@pytest.mark.parametrize(
    ("path", "found", "left"),
    [
        ("id", 1, {k: v for k, v in ORDER.items() if k != "id"}),
        ("a.b.c", 1, ORDER | {"a": {"b": {}}}),
        ("items.*.price", 2, ORDER | {"items": [{"tax": 1}, {}, "note"]}),
        ("items.0", 1, ORDER | {"items": ORDER["items"][1:]}),
        ("items.*", 3, ORDER | {"items": []}),
        ("a.*", 1, ORDER | {"a": {}}),
        ("items.9", 0, ORDER),
        ("items.price", 0, ORDER),
        ("missing", 0, ORDER),
        ("id.deeper", 0, ORDER),
        ("a.0", 0, ORDER),
    ],
)
def test_drop_takes_out_what_the_path_finds(path, found, left):
    assert edited(drop, ORDER, path) == (found, left)


def test_an_object_may_have_numbers_for_names():
    assert edited(drop, {"7": 1, "8": 2}, "7") == (1, {"8": 2})


@given(documents, st.lists(st.sampled_from(["*", "0", "1", "a"]), min_size=1, max_size=4).map(".".join))
def test_any_edit_of_any_document_ends_and_can_be_written(document, path):
    for edit, arguments in ((drop, ()), (retype, ()), (rename, ("z",))):
        found, left = edited(edit, document, path, *arguments)
        written(left)
        assert (left == json.loads(json.dumps(document))) or found


def test_rename_keeps_the_value_and_its_place():
    found, left = edited(rename, {"a": 1, "b": 2, "c": 3}, "b", "x")
    assert found == 1
    assert list(left.items()) == [("a", 1), ("x", 2), ("c", 3)]


def test_rename_takes_the_place_of_a_field_that_has_the_new_name():
    assert edited(rename, {"a": 1, "b": 2}, "a", "b") == (1, {"b": 1})


def test_rename_reaches_into_arrays_but_an_element_has_no_name():
    assert edited(rename, {"items": [{"p": 1}, {"q": 2}]}, "items.*.p", "x") == (
        1,
        {"items": [{"x": 1}, {"q": 2}]},
    )
    assert edited(rename, [1, 2], "0", "x") == (0, [1, 2])


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (5, "5"),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
        ("12.5", 12.5),
        ("0", 0),
        ("true", ["true"]),
        ("text", ["text"]),
        ("1e999", ["1e999"]),
        ("1" * 400, int("1" * 400)),
        ([1], {"items": [1]}),
        ({"a": 1}, [{"a": 1}]),
    ],
)
def test_a_value_becomes_another_type(value, other):
    changed = other_type(value)
    assert changed == other
    assert type(changed) is type(other)


@given(documents)
def test_every_value_changes_its_json_type(value):
    kinds = {bool: "bool", int: "number", float: "number", type(None): "null"}
    before, after = (kinds.get(type(each), type(each).__name__) for each in (value, other_type(value)))
    assert before != after


@pytest.mark.parametrize("path", ["", ".a", "a.", "a..b"])
def test_a_path_with_an_empty_name_is_refused(path):
    with pytest.raises(ValueError, match="drop must be names joined by dots"):
        check_path("drop", path)
