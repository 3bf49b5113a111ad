"""The answer arrives damaged."""

import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.actions import Rewrite
from chaoskit.core.call import Answer
from chaoskit.core.dice import Dice
from chaoskit.core.json_edit import UNKNOWN
from chaoskit.faults.corrupt import MOST_BITS, Corrupt, flipped

CHARGE = {"id": "ch_1", "amount": 1099, "items": [{"sku": "A1"}, {"sku": "B2"}]}
TEXT = json.dumps(CHARGE).encode()


def differing_bits(a, b):
    return sum((x ^ y).bit_count() for x, y in zip(a, b, strict=True))


# bits


@given(st.binary(min_size=1, max_size=100), st.integers(1, 400), st.text(max_size=5))
def test_exactly_so_many_bits_differ(body, count, identity):
    damaged = flipped(body, count, Dice(7, "i", identity))
    assert differing_bits(body, damaged) == min(count, len(body) * 8)


def test_bits_are_flipped_all_over_the_body_and_differ_from_call_to_call(call, answer):
    places = set()
    for n in range(300):
        action = Corrupt(bits=1).on_answer(call, answer(bytes(4)), Dice(7, "i", f"{n}"))
        places.add(int.from_bytes(action.body).bit_length() - 1)
    assert places == set(range(32))


def test_the_same_call_is_damaged_in_the_same_way(call, answer, dice):
    actions = [Corrupt(bits=5).on_answer(call, answer(TEXT), dice) for _ in range(2)]
    assert actions[0] == actions[1]


def test_flipped_bits_leave_headers_alone_even_of_a_compressed_body(call, answer, dice):
    whole = answer(gzip.compress(TEXT), ("content-encoding", "gzip"))
    action = Corrupt(bits=1).on_answer(call, whole, dice)
    assert action.headers == whole.headers
    assert differing_bits(action.body, whole.body) == 1


# JSON that does not parse


def does_not_parse(text):
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner | st.integers()),
        max_leaves=10,
    ),
    st.booleans(),
    st.sampled_from(["", "\n", "   \n"]),
)
def test_broken_json_does_not_parse_and_is_not_empty(document, escaped, end):
    text = (json.dumps(document, ensure_ascii=escaped) + end).encode()
    action = Corrupt(json="broken").on_answer(
        None, Answer(status=200, headers=(), body=text), Dice(0, "i", "c")
    )
    assert text.startswith(action.body)
    assert action.body
    assert does_not_parse(action.body)
    assert not action.keep_length


# fields


@pytest.mark.parametrize(
    ("fault", "changed"),
    [
        (Corrupt(drop="amount"), {k: v for k, v in CHARGE.items() if k != "amount"}),
        (Corrupt(drop="items.*.sku"), CHARGE | {"items": [{}, {}]}),
        (Corrupt(rename=(("amount", "value"),)), {"id": "ch_1", "value": 1099, "items": CHARGE["items"]}),
        (
            Corrupt(rename=(("id", "ident"), ("items.0.sku", "code"))),
            {"ident": "ch_1", "amount": 1099, "items": [{"code": "A1"}, {"sku": "B2"}]},
        ),
        (Corrupt(retype="amount"), CHARGE | {"amount": "1099"}),
        (Corrupt(retype="id"), CHARGE | {"id": ["ch_1"]}),
        (Corrupt(add="livemode"), CHARGE | {"livemode": True}),
        (Corrupt(add="items.*.tax"), CHARGE | {"items": [{"sku": s, "tax": True} for s in ("A1", "B2")]}),
        (Corrupt(nullify="amount"), CHARGE | {"amount": None}),
        (Corrupt(unknown="items.*.sku"), CHARGE | {"items": [{"sku": UNKNOWN}] * 2}),
        (Corrupt(empty="items"), CHARGE | {"items": []}),
    ],
    ids=str,
)
@pytest.mark.parametrize("coding", [None, "gzip", "deflate"])
def test_one_field_changes_and_nothing_else(fault, changed, coding, told, answer):
    pack = {None: bytes, "gzip": gzip.compress, "deflate": zlib.compress}[coding]
    headers = [("x-kept", "yes"), *([("Content-Encoding", coding)] if coding else [])]
    action = told(fault, answer(pack(TEXT), *headers))["answer"]
    assert json.loads(action.body) == changed
    assert ("x-kept", "yes") in action.headers
    assert not any(name.lower() == "content-encoding" for name, _ in action.headers)
    assert not action.keep_length


def test_one_of_several_renamed_fields_is_a_hit(call, answer, dice):
    action = Corrupt(rename=(("missing", "x"), ("id", "y"))).on_answer(call, answer(b'{"id":1}'), dice)
    assert action.body == b'{"y":1}'


# length


@pytest.mark.parametrize(("how", "stated"), [("too_long", "20"), ("too_short", "5")])
def test_a_wrong_length_is_sent_as_it_is(how, stated, call, answer, dice):
    whole = answer(b"0123456789", ("Transfer-Encoding", "chunked"), ("x-kept", "yes"))
    assert Corrupt(length=how).on_answer(call, whole, dice) == Rewrite(
        headers=(("x-kept", "yes"), ("content-length", stated)), body=b"0123456789", keep_length=True
    )


# no hit

EVERY_WAY = [
    Corrupt(bits=1),
    Corrupt(json="broken"),
    Corrupt(drop="id"),
    Corrupt(rename=(("id", "x"),)),
    Corrupt(retype="id"),
    Corrupt(add="id.x"),
    Corrupt(nullify="id"),
    Corrupt(unknown="id"),
    Corrupt(empty="id"),
    Corrupt(length="too_long"),
]


@pytest.mark.parametrize("fault", EVERY_WAY, ids=str)
def test_an_answer_without_a_body_is_not_a_hit(fault, call, answer, dice):
    assert fault.on_answer(call, answer(b""), dice) is None
    assert fault.on_answer(call, answer(status=204), dice) is None


@pytest.mark.parametrize("fault", EVERY_WAY[1:9], ids=str)
@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (b"<html>", "identity"),
        (b"42", "identity"),  # part of a number may be a number
        (b"\xff\xfe", "identity"),
        (TEXT, "br"),
        (TEXT, "gzip"),
        (b"[" * 200_000, "identity"),
    ],
    ids=["html", "number", "bytes", "unknown encoding", "wrong encoding", "deep"],
)
def test_a_body_that_is_not_json_is_not_a_hit(fault, body, coding, call, answer):
    whole = answer(body, ("content-encoding", coding))
    assert fault.on_answer(call, whole, Dice(7, "i", "c")) is None


@pytest.mark.parametrize("fault", EVERY_WAY[2:9], ids=str)
@pytest.mark.parametrize("body", [b'{"other": 1}', b"[1, 2]", b'"id"'])
def test_a_body_without_the_field_is_not_a_hit(fault, body, call, answer, dice):
    assert fault.on_answer(call, answer(body), dice) is None


def test_a_document_that_cannot_be_written_again_is_not_a_hit(call, answer, dice):
    assert Corrupt(drop="id").on_answer(call, answer(b'{"id": 1, "big": 1e999}'), dice) is None


@pytest.mark.parametrize(
    "fault",
    [Corrupt(nullify="n"), Corrupt(empty="l"), Corrupt(empty="n"), Corrupt(unknown="l"), Corrupt(add="n")],
)
def test_a_field_that_is_so_already_is_not_a_hit(fault, call, answer, dice):
    assert fault.on_answer(call, answer(b'{"n": null, "l": []}'), dice) is None


def test_it_asks_for_the_body():
    assert Corrupt.reads_answer
    assert Corrupt(bits=1).layers() == {"answer"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({}, "one of bits, json, rename, drop, retype, add, nullify, unknown, empty, length; got none"),
        ({"bits": 1, "drop": "id"}, "got bits and drop"),
        ({"bits": 0}, "bits must be 1 to 10000, got 0"),
        ({"bits": MOST_BITS + 1}, "got 10001"),
        ({"drop": "a..b"}, "names joined by dots"),
        ({"retype": ""}, "names joined by dots"),
        ({"rename": ((".a", "b"),)}, "names joined by dots"),
        ({"rename": (("a.b", "b"),)}, "another name, got 'b'"),
        ({"rename": (("a.*", "b"),)}, "a field's name at the end"),
        ({"add": "a.*"}, "a field's name at the end"),
        ({"nullify": "a."}, "nullify must be names joined by dots"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Corrupt(**wrong)
