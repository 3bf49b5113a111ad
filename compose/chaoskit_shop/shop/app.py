"""The shop's HTTP interface."""

import itertools
import uuid
from collections.abc import Iterator

from flask import Flask, Response, jsonify, request

from chaoskit_shop.shop.assistant import Assistant
from chaoskit_shop.shop.failure import ProviderError
from chaoskit_shop.shop.identity import Identity
from chaoskit_shop.shop.payments import Order, Payments
from chaoskit_shop.shop.stock import Stock


def create(payments: Payments, assistant: Assistant, identity: Identity, stock: Stock) -> Flask:
    """Return the application."""
    app = Flask(__name__)

    @app.get("/healthz")
    def health() -> Response:
        # Of this process alone: a probe that asks the providers would take the shop down with them.
        return jsonify({"status": "ok"})

    @app.get("/items")
    def items() -> Response:
        return jsonify({"items": stock.items()})

    @app.post("/checkout")
    def checkout() -> Response:
        sku = _field("sku")
        cents = stock.price(sku)
        if cents is None:
            return _problem(404, f"no item is called `{sku}`")
        order = Order(str(uuid.uuid4()), cents, "eur")
        held = payments.hold(order, _trace())
        stock.record(order, held)
        response = jsonify({"order": order.id, "cents": cents, "state": "paid"})
        response.headers["x-payment-provider"] = held.provider
        return response

    @app.post("/assistant")
    def assist() -> Response:
        answer = assistant.answer(_field("question"), _trace())
        # The first event is awaited here, where a failure can still become a status.
        first = next(answer, None)
        return Response(_chain(first, answer), content_type="text/event-stream; charset=utf-8")

    @app.post("/login")
    def login() -> Response:
        kind = identity.log_in(_field("user"), _field("password"), _trace())
        response = jsonify({"login": kind})
        response.headers["x-login"] = kind
        return response

    @app.errorhandler(ProviderError)
    def failed(error: ProviderError) -> Response:
        app.logger.warning("%s %s: %s", request.method, request.path, error)
        return _problem(502 if error.is_down else 400, str(error))

    return app


def _chain(first: str | None, rest: Iterator[str]) -> Iterator[str]:
    return rest if first is None else itertools.chain((first,), rest)


def _field(name: str) -> str:
    body = request.get_json(silent=True)
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else ""


def _trace() -> dict[str, str]:
    """Return the headers by which a call to a provider is known as part of this request."""
    found = {name: request.headers.get(name) for name in ("traceparent", "tracestate")}
    return {name: value for name, value in found.items() if value is not None}


def _problem(status: int, message: str) -> Response:
    response = jsonify({"error": message})
    response.status_code = status
    return response
