"""What the shop believes: pieces of a stream, tokens with a signature, payments that say what was asked."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit_shop.providers import auth0
from chaoskit_shop.shop.ai import events, token
from chaoskit_shop.shop.identity import read_keys, verify
from chaoskit_shop.shop.payments import read_object, read_text


@given(st.lists(st.text(st.characters(exclude_characters="\r\n"), min_size=1), max_size=8), st.data())
def test_events_are_the_same_wherever_the_network_cuts_them(texts, data):
    wire = b"".join(b"data: " + json.dumps(text).encode() + b"\n\n" for text in texts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=10)))
    edges = [0, *cuts, len(wire)]
    pieces = [wire[a:b] for a, b in itertools.pairwise(edges)]
    assert [json.loads(each) for each in events(pieces)] == texts


def test_a_line_that_was_cut_off_is_no_event():
    assert list(events([b"data: whole\n", b"data: ha"])) == ["whole"]


def test_an_error_in_the_middle_of_a_stream_is_not_taken_for_words():
    with pytest.raises(ValueError, match="expected a chunk"):
        token('{"error": {"message": "overloaded"}}')


@pytest.mark.parametrize("damage", [0, 1, 2])
def test_a_token_is_believed_only_with_all_of_its_parts_unchanged(damage):
    client = auth0.create(lambda _: None, lambda: 0.0).test_client()
    good = client.post("/oauth/token", data={"username": "ada", "password": "x"}).json["access_token"]
    keys = read_keys(client.get("/.well-known/jwks.json").data)
    parts = good.split(".")
    other = client.post("/oauth/token", data={"username": "eve", "password": "x"}).json["access_token"]
    parts[damage] = other.split(".")[damage] if damage else parts[0][:-4]
    with pytest.raises(ValueError):  # noqa: PT011 - which of the checks notices does not matter
        verify(".".join(parts), keys)


def test_half_a_body_a_list_and_a_missing_field_are_all_no_answer():
    for body in (b'{"id": "pi_', b"[]", b"null", b"\xff"):
        with pytest.raises(ValueError):  # noqa: PT011 - json has words of its own
            read_object(body)
    for found in ({}, {"id": ""}, {"id": 7}):
        with pytest.raises(ValueError, match="expected a text in `id`"):
            read_text(found, "id")
