"""api.stripe.com: hold an amount on a card with POST /v1/payment_intents.

GET /v1/payment_intents/search finds it again. Form-encoded in, JSON out. The same ``Idempotency-Key`` gets
the same answer and has one effect; with another body it is refused, and while the first call is still at
work it is 409. The ``error`` object's shapes are those that stripe-python 6c6e3736
(``_api_requestor.py``) understands.
"""

import re

from flask import Flask, Response, jsonify, request

from chaoskit_shop.hosts import STRIPE
from chaoskit_shop.providers.latency import Sleep, pauses
from chaoskit_shop.providers.ledger import Effect, Given, Ledger, digest

_ORDER = re.compile(r"metadata\['order'\]:'([^']*)'")


def create(sleep: Sleep, ledger: Ledger | None = None) -> Flask:
    """Return the provider, with nothing held yet."""
    app = Flask(__name__)
    ledger = ledger or Ledger()
    made: list[dict[str, object]] = []
    pause = pauses(STRIPE, 0.008, 0.025, sleep)

    @app.post("/v1/payment_intents")
    def create_payment_intent() -> Response:
        key = request.headers.get("idempotency-key", "")
        asked = digest(request.get_data())
        form = request.form
        given = ledger.given.get(key) if key else None
        if given is not None:
            return _replay(given, asked)
        if key and key in ledger.in_progress:
            return _error(409, "idempotency_error", "this idempotency key is in use by another call")
        if not request.headers.get("authorization", "").startswith("Bearer "):
            return _error(401, "invalid_request_error", "no API key in the Authorization header")
        amount = form.get("amount", "")
        if not (amount.isdecimal() and int(amount) > 0):
            return _error(400, "invalid_request_error", "amount must be a positive whole number", "amount")
        ledger.in_progress.add(key)
        try:
            pause()
            answer = _hold(ledger, key)
            made.append(answer)
        finally:
            ledger.in_progress.discard(key)
        if key:
            ledger.given[key] = Given(asked, answer)
        return jsonify(answer)

    @app.get("/v1/payment_intents/search")
    def search() -> Response:
        # The real search may be a minute behind; a shop in earnest lists by customer instead.
        found = _ORDER.fullmatch(request.args.get("query", ""))
        if found is None:
            return _error(
                400, "invalid_request_error", "only metadata['order']:'...' can be searched", "query"
            )
        pause()
        data = [each for each in made if each["metadata"] == {"order": found[1]}]
        return jsonify({"object": "search_result", "url": request.path, "has_more": False, "data": data})

    @app.get("/_effects")
    def effects() -> Response:
        return jsonify(ledger.as_json())

    @app.after_request
    def name_the_request(response: Response) -> Response:
        response.headers["request-id"] = ledger.new_id("req_", 14)
        key = request.headers.get("idempotency-key")
        if key:
            response.headers["idempotency-key"] = key
        return response

    return app


def _hold(ledger: Ledger, key: str) -> dict[str, object]:
    form = request.form
    intent = ledger.new_id("pi_", 24)
    amount, currency = int(form["amount"]), form.get("currency", "eur")
    reference = form.get("metadata[order]", "")
    ledger.effects.append(Effect(intent, key, reference, amount, currency))
    return {
        "id": intent,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": amount,
        "amount_received": 0,
        "capture_method": "manual",
        "currency": currency,
        "latest_charge": ledger.new_id("ch_", 24),
        "livemode": False,
        "metadata": {"order": reference},
        "status": "requires_capture",
    }


def _replay(given: Given, asked: str) -> Response:
    if given.asked != asked:
        return _error(400, "idempotency_error", "this idempotency key came with other parameters before")
    response = jsonify(given.answer)
    response.headers["idempotent-replayed"] = "true"
    return response


def _error(status: int, kind: str, message: str, param: str | None = None) -> Response:
    error: dict[str, object] = {"type": kind, "message": message}
    if param is not None:
        error["param"] = param
    response = jsonify({"error": error})
    response.status_code = status
    response.headers["stripe-should-retry"] = "true" if status == 409 else "false"
    return response
