"""The fake providers as plain applications: their contracts, without a socket."""

import json

from chaoskit_shop.hosts import AUTH0, HOSTS
from chaoskit_shop.providers import adyen, auth0, openai, stripe
from chaoskit_shop.providers.latency import seconds
from chaoskit_shop.shop.identity import read_keys, verify

KEY = {"authorization": "Bearer x", "idempotency-key": "order-1"}


def no_wait(_: float) -> None:
    pass


def hold(client, amount: str = "100", headers: dict[str, str] = KEY):
    return client.post("/v1/payment_intents", data={"amount": amount, "currency": "eur"}, headers=headers)


def test_stripe_gives_the_same_answer_and_one_effect_for_the_same_key():
    client = stripe.create(no_wait).test_client()
    first, again = hold(client), hold(client)
    assert first.json == again.json
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
    assert [each["key"] for each in client.get("/_effects").json["effects"]] == ["order-1"]


def test_stripe_holds_twice_where_no_key_says_that_it_is_the_same_order():
    client = stripe.create(no_wait).test_client()
    keyless = {"authorization": "Bearer x"}
    assert hold(client, headers=keyless).json["id"] != hold(client, headers=keyless).json["id"]
    assert len(client.get("/_effects").json["effects"]) == 2


def test_stripe_refuses_a_key_that_came_with_another_amount():
    client = stripe.create(no_wait).test_client()
    hold(client, "100")
    refused = hold(client, "200")
    assert (refused.status_code, refused.json["error"]["type"]) == (400, "idempotency_error")
    assert len(client.get("/_effects").json["effects"]) == 1


def test_stripe_answers_409_while_the_first_call_with_a_key_is_at_work():
    seen = []

    def call_again_in_the_middle(_: float) -> None:
        if not seen:
            seen.append(hold(app.test_client()))

    app = stripe.create(call_again_in_the_middle)
    assert hold(app.test_client()).status_code == 200
    assert [(each.status_code, each.headers["stripe-should-retry"]) for each in seen] == [(409, "true")]


def test_stripe_says_what_is_wrong_in_its_own_shape():
    client = stripe.create(no_wait).test_client()
    assert hold(client, headers={}).status_code == 401
    refused = hold(client, "-5")
    assert (refused.status_code, refused.json["error"]["param"]) == (400, "amount")


def test_adyen_authorises_once_for_a_key():
    client = adyen.create(no_wait).test_client()
    body = {"amount": {"value": 100, "currency": "EUR"}, "reference": "order-1"}
    headers = {"x-api-key": "x", "idempotency-key": "order-1"}
    answers = [client.post("/v71/payments", json=body, headers=headers).json for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["resultCode"] == "Authorised"
    assert len(client.get("/_effects").json["effects"]) == 1
    other = client.post("/v71/payments", json={**body, "reference": "order-2"}, headers=headers)
    assert (other.status_code, other.json["errorType"]) == (422, "validation")


def test_adyen_does_not_authorise_twice_when_one_key_is_used_at_the_same_time():
    inner = []

    def call_again_in_the_middle(_: float) -> None:
        if not inner:
            inner.append(None)
            inner[0] = pay(app.test_client()).json

    def pay(client):
        body = {"amount": {"value": 100, "currency": "EUR"}}
        return client.post("/v71/payments", json=body, headers={"x-api-key": "x", "idempotency-key": "k"})

    app = adyen.create(call_again_in_the_middle)
    assert pay(app.test_client()).json == inner[0]
    assert len(app.test_client().get("/_effects").json["effects"]) == 1


def test_openai_streams_the_words_of_its_whole_answer_and_then_says_done():
    client = openai.create(no_wait).test_client()
    ask = {"model": "m", "messages": [{"role": "user", "content": "?"}]}
    bearer = {"authorization": "Bearer x"}
    whole = client.post("/v1/chat/completions", json=ask, headers=bearer).json
    stream = client.post("/v1/chat/completions", json={**ask, "stream": True}, headers=bearer)
    *events, done = [line.removeprefix("data: ") for line in stream.text.split("\n\n") if line]
    chunks = [json.loads(event)["choices"][0] for event in events]
    assert done == "[DONE]"
    words = "".join(chunk["delta"].get("content", "") for chunk in chunks).strip()
    assert words == whole["choices"][0]["message"]["content"]
    assert [chunk["finish_reason"] for chunk in chunks if chunk["finish_reason"]] == ["stop"]


def test_a_token_of_auth0_is_signed_with_the_key_that_it_publishes():
    client = auth0.create(no_wait, lambda: 1000.0).test_client()
    given = client.post("/oauth/token", data={"username": "ada", "password": "x"}).json
    keys = read_keys(client.get("/.well-known/jwks.json").data)
    claims = verify(given["access_token"], keys)
    assert (claims["iss"], claims["sub"]) == (f"https://{AUTH0}/", "auth0|ada")
    assert claims["exp"] - claims["iat"] == given["expires_in"]


def test_auth0_turns_away_a_customer_without_a_password():
    client = auth0.create(no_wait, lambda: 1000.0).test_client()
    refused = client.post("/oauth/token", data={"username": "ada"})
    assert (refused.status_code, refused.json["error"]) == (403, "invalid_grant")


def test_latencies_differ_from_call_to_call_and_not_from_run_to_run():
    drawn = [seconds(HOSTS[0], nth, 0.01, 0.03) for nth in range(100)]
    assert drawn == [seconds(HOSTS[0], nth, 0.01, 0.03) for nth in range(100)]
    assert len(set(drawn)) == 100
    assert all(0.01 <= each < 0.03 for each in drawn)
