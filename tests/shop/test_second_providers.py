"""The fake edges, regions, second AI provider and bank as plain applications."""

import json

from chaoskit_shop.hosts import CDN_A, CDN_B, S3_EAST
from chaoskit_shop.providers import anthropic, bank, cdn, s3, stripe
from chaoskit_shop.providers.ledger import Ledger

ASK = {"model": "m", "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "?"}]}


def no_wait(_: float) -> None:
    pass


def test_both_edges_serve_the_same_picture_and_each_signs_it():
    a, b = (cdn.create(host, no_wait).test_client().get("/items/A1.svg") for host in (CDN_A, CDN_B))
    assert a.data == b.data
    assert (a.headers["server"], a.headers["cf-cache-status"]) == ("cloudflare", "HIT")
    assert ("cf-ray" in b.headers, b.headers["x-cache"]) == (False, "HIT")


def test_a_region_serves_an_object_and_closes_the_connection():
    answer = s3.create(S3_EAST, no_wait).test_client().get("/shop-documents/terms.txt")
    assert b"send anything back" in answer.data
    assert (answer.headers["server"], answer.headers["connection"]) == ("AmazonS3", "close")


def test_a_missing_object_is_s3s_xml():
    answer = s3.create(S3_EAST, no_wait).test_client().get("/shop-documents/nothing")
    assert (answer.status_code, b"<Code>NoSuchKey</Code>" in answer.data) == (404, True)


def test_anthropic_streams_named_events_and_ends_with_message_stop():
    client = anthropic.create(no_wait).test_client()
    answer = client.post("/v1/messages", json=ASK, headers={"x-api-key": "x"})
    events = [line for line in answer.text.split("\n") if line.startswith("data: ")]
    kinds = [json.loads(each.removeprefix("data: "))["type"] for each in events]
    assert (kinds[0], kinds[-1]) == ("message_start", "message_stop")
    assert kinds.count("content_block_delta") > 10


def test_anthropic_turns_away_who_has_no_key_or_asks_nothing():
    client = anthropic.create(no_wait).test_client()
    no_key = client.post("/v1/messages", json=ASK)
    assert (no_key.status_code, no_key.json["error"]["type"]) == (401, "authentication_error")
    nothing = client.post("/v1/messages", json={}, headers={"x-api-key": "x"})
    assert (nothing.status_code, nothing.json["error"]["type"]) == (400, "invalid_request_error")


def test_stripe_finds_a_payment_by_its_order_and_the_bank_sees_it_too():
    ledger = Ledger()
    client = stripe.create(no_wait, ledger).test_client()
    form = {"amount": "100", "currency": "eur", "metadata[order]": "o-1"}
    made = client.post("/v1/payment_intents", data=form, headers={"authorization": "Bearer x"}).json

    def search(query: str):
        return client.get("/v1/payment_intents/search", query_string={"query": query})

    assert search("metadata['order']:'o-1'").json["data"] == [made]
    assert search("metadata['order']:'o-2'").json["data"] == []
    assert search("amount>1").status_code == 400
    statement = bank.create({"stripe": ledger.effects}).test_client()
    assert statement.get("/statement/stripe").json == {"holds": [{"id": made["id"], "order": "o-1"}]}
    assert statement.get("/statement/stripe?from=1").json == {"holds": []}
    assert statement.get("/statement/nobody").json == {"holds": []}
