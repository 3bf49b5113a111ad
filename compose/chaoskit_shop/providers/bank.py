"""bank.shop.example: the customers' bank, which sees every hold, whoever asked for it.

It is the witness of the demo: no answer that was lost changes what it knows.
"""

from collections.abc import Mapping, Sequence
from itertools import islice

from flask import Flask, Response, jsonify, request

from chaoskit_shop.providers.ledger import Effect


def create(effects: Mapping[str, Sequence[Effect]]) -> Flask:
    """Return the bank of those who hold money; ``effects`` are theirs, by name, and only grow."""
    app = Flask(__name__)

    @app.get("/statement/<provider>")
    def statement(provider: str) -> Response:
        first = request.args.get("from", 0, int)
        held = islice(effects[provider], first, None) if provider in effects else ()
        return jsonify({"holds": [{"id": each.id, "order": each.reference} for each in held]})

    return app
