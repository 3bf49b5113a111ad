"""Which calls an injection is about."""

from dataclasses import replace

import pytest

from chaoskit.core.call import Call, Connection
from chaoskit.core.match import Key, Match

CALL = Call(
    identity="c",
    identified_by="order",
    provider="p",
    host="s3.eu-west-1.aws.example",
    method="POST",
    path="/v1/charges/ch_1?expand=card&mode=&expand=customer",
    headers=(("Content-Type", "Application/JSON; charset=utf-8"), ("Authorization", "Bearer a")),
    client="10.1.2.3",
    connection="p 1",
    body=b'{"model": "big-4", "stream": true, "n": 3, "who": null, "messages": [{"role": "user"}], "a.b": 1}',
)


@pytest.mark.parametrize(
    ("fits", "other"),
    [
        ({"path_regex": r"/v[12]/charges/\w+"}, {"path_regex": "/v1/charges"}),
        ({"host": "*.EU-*.aws.example"}, {"host": "*.us-*"}),
        ({"query": (("expand", "cust*"),)}, {"query": (("expand", "x"),)}),
        ({"query": (("mode", ""),)}, {"query": (("missing", "*"),)}),
        ({"content_type": "application/*"}, {"content_type": "text/*"}),
        ({"client": "10.0.0.0/8"}, {"client": "10.1.2.4"}),
        ({"client": "10.1.2.3"}, {"client": "::/0"}),
        ({"json": (("model", "big-*"),)}, {"json": (("model", "small-*"),)}),
        ({"json": (("stream", "true"),)}, {"json": (("stream", "True"),)}),
        ({"json": (("n", "3"), ("who", "null"))}, {"json": (("n", "3"), ("who", "x"))}),
        ({"json": (("messages.0.role", "user"),)}, {"json": (("messages.1.role", "*"),)}),
        ({"json": (("n", "*"),)}, {"json": (("messages", "*"),)}),
    ],
)
def test_each_part_takes_what_fits_and_nothing_else(fits, other):
    assert Match(**fits).takes(CALL)
    assert not Match(**other).takes(CALL)
    assert not Match(**{**fits, "method": ("GET",)}).takes(CALL)


@pytest.mark.parametrize("body", [None, b"", b"{", b"[" * 100_000, b"3", b'"text"', b"\xff"])
def test_what_is_no_json_document_is_never_taken_by_a_field_of_it(body):
    assert not Match(json=(("model", "*"),)).takes(replace(CALL, body=body))
    assert Match(json=(("model", "*"),)).takes_head(replace(CALL, body=body))


def test_a_client_that_is_no_address_is_in_no_network():
    assert not Match(client="0.0.0.0/0").takes(replace(CALL, client="unix"))


def test_of_a_connection_host_and_client_are_known():
    conn = Connection(identity="i", provider="p", host="a.eu.example.", port=443, client="10.0.0.1")
    assert Match(host="*.eu.example", client="10.0.0.0/24").takes_place(conn)
    assert not Match(host="*.us.example").takes_place(conn)
    assert not Match(host="*.eu.example").is_about_calls
    assert Match(host="*", json=(("a", "b"),)).is_about_calls


def test_a_key_is_what_calls_share():
    assert Key(header="AUTHORIZATION").of(CALL) == "Bearer a"
    assert Key(header="x-none").of(CALL) == ""
    assert Key(client=True).of(CALL) == "10.1.2.3"


@pytest.mark.parametrize("wrong", [{}, {"header": "a", "client": True}, {"header": "a b"}, {"header": ""}])
def test_a_key_that_is_none_is_refused(wrong):
    with pytest.raises(ValueError, match=r"^(a key|header)"):
        Key(**wrong)
