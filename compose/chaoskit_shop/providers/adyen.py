"""checkout-test.adyen.com: authorise a card with POST /v71/payments.

JSON in and out. ``Idempotency-Key`` works as at the other payment provider: one key, one effect.
"""

from flask import Flask, Response, jsonify, request

from chaoskit_shop.hosts import ADYEN
from chaoskit_shop.providers.latency import Sleep, pauses
from chaoskit_shop.providers.ledger import Effect, Given, Ledger, digest


def create(sleep: Sleep, ledger: Ledger | None = None) -> Flask:
    """Return the provider, with nothing authorised yet."""
    app = Flask(__name__)
    ledger = ledger or Ledger()
    pause = pauses(ADYEN, 0.012, 0.030, sleep)

    @app.post("/v71/payments")
    def pay() -> Response:
        if not request.headers.get("x-api-key"):
            return _error(401, "000", "no API key in the x-API-key header", "security")
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not isinstance(body.get("amount"), dict):
            return _error(422, "100", "the field amount is missing", "validation")
        key = request.headers.get("idempotency-key", "")
        given = ledger.given.get(key) if key else None
        if given is None:
            pause()
            # Looked up again: the same key may have been at work while this one waited.
            given = ledger.given.get(key) if key else None
        if given is None:
            given = _authorise(ledger, key, body)
        return _answer(given)

    @app.get("/_effects")
    def effects() -> Response:
        return jsonify(ledger.as_json())

    return app


def _authorise(ledger: Ledger, key: str, body: dict[str, object]) -> Given:
    amount = body["amount"]
    assert isinstance(amount, dict)
    reference = str(body.get("reference", ""))
    psp = ledger.new_id("", 16).upper()
    ledger.effects.append(Effect(psp, key, reference, int(amount["value"]), str(amount["currency"])))
    answer: dict[str, object] = {
        "pspReference": psp,
        "resultCode": "Authorised",
        "amount": amount,
        "merchantReference": reference,
    }
    given = Given(digest(request.get_data()), answer)
    if key:
        ledger.given[key] = given
    return given


def _answer(given: Given) -> Response:
    if given.asked != digest(request.get_data()):
        return _error(422, "704", "this idempotency key came with another body before", "validation")
    return jsonify(given.answer)


def _error(status: int, code: str, message: str, kind: str) -> Response:
    response = jsonify({"status": status, "errorCode": code, "message": message, "errorType": kind})
    response.status_code = status
    return response
