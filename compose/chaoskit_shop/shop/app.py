"""The shop's HTTP interface."""

import itertools
import uuid
from collections.abc import Iterator

from flask import Flask, Response, jsonify, request

from chaoskit.core.frozen import frozen
from chaoskit_shop.shop.assistant import Assistant
from chaoskit_shop.shop.audit import Audit
from chaoskit_shop.shop.failure import ProviderError
from chaoskit_shop.shop.identity import Identity
from chaoskit_shop.shop.mirror import Mirror
from chaoskit_shop.shop.payments import Order, Payments
from chaoskit_shop.shop.stock import Stock


@frozen(kw_only=True)
class Parts:
    """What the shop is made of."""

    payments: Payments
    assistant: Assistant
    identity: Identity
    pictures: Mirror
    documents: Mirror
    audit: Audit
    stock: Stock


def create(parts: Parts) -> Flask:
    """Return the application."""
    app = Flask(__name__)
    payments, assistant, identity, stock = parts.payments, parts.assistant, parts.identity, parts.stock

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

    @app.get("/account")
    def account() -> Response:
        claims = identity.check(request.args.get("user", ""), _trace())
        if claims is None:
            return _problem(401, "log in first")
        return jsonify({"customer": claims.get("sub")})

    @app.get("/pictures/<sku>")
    def picture(sku: str) -> Response:
        server, body = parts.pictures.fetch(f"/items/{sku}.svg", b"<svg", _trace())
        return Response(body, content_type="image/svg+xml", headers={"x-served-by": server})

    @app.get("/terms")
    def terms() -> Response:
        server, body = parts.documents.fetch("/shop-documents/terms.txt", b"send anything back", _trace())
        return Response(body, content_type="text/plain", headers={"x-served-by": server})

    @app.get("/audit")
    def audit() -> Response:
        found = parts.audit.find(_trace())
        is_good = not any(found.values())
        response = jsonify({name: {"count": len(ids), "such as": ids[:3]} for name, ids in found.items()})
        response.status_code = 200 if is_good else 500
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
