"""Hold an order's amount at one payment provider, or at the other when the first is of no use."""

import json
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from chaoskit.core.frozen import frozen
from chaoskit_shop.hosts import ADYEN, STRIPE
from chaoskit_shop.shop.build import Build
from chaoskit_shop.shop.client import Ask, Client
from chaoskit_shop.shop.failure import ProviderError


@frozen
class Order:
    """What is paid for. ``id`` is also the idempotency key, where one is sent."""

    id: str
    amount: int  # cents
    currency: str


@frozen
class Held:
    """Money held: by whom, and their name for it."""

    provider: str
    reference: str


class Payments:
    """Both payment providers. Their keys are made up: nothing real would take them."""

    def __init__(
        self,
        build: Build,
        trust: ssl.SSLContext | None = None,
        stripe: str = f"https://{STRIPE}",
        adyen: str = f"https://{ADYEN}",
        doubt: Callable[[Order], None] = lambda _: None,
    ) -> None:
        """``doubt`` is told of an order for which the first provider may hold money, nobody knows."""
        self._stripe = Client("stripe", stripe, build, trust)
        self._adyen = Client("adyen", adyen, build, trust)
        self._has_fallback = build.has_fallback
        self._has_keys = build.has_keys
        self._doubt = doubt

    def hold(self, order: Order, trace: dict[str, str]) -> Held:
        """Return what was held; ``trace`` are headers to pass on. Raises ProviderError."""
        try:
            return self._at_stripe(order, trace)
        except ProviderError as error:
            if error.is_unknown and self._has_keys:
                # "It failed" and "I do not know" are two things: see before somebody else is asked.
                held = self._look_up(order, trace)
                if held is not None:
                    return held
            if not self._has_fallback or not error.is_down:
                raise
        return self._at_adyen(order, trace)

    def _look_up(self, order: Order, trace: dict[str, str]) -> Held | None:
        query = quote(f"metadata['order']:'{order.id}'")
        headers = {**trace, "authorization": "Bearer demo"}
        ask = Ask(method="GET", path=f"/v1/payment_intents/search?query={query}", headers=headers)

        def understand(body: bytes) -> Held | None:
            data = read_object(body).get("data")
            if not isinstance(data, list):
                raise ValueError(f"expected a list of payments, got {data!r}")  # noqa: TRY004 - the value is wrong
            return Held("stripe", read_text(data[0], "id")) if data else None

        try:
            found = self._stripe.call(ask, understand, attempts=1)
        except ProviderError:
            found = None
        if found is None:
            # Not there may mean not there yet: a call that took too long can still arrive.
            self._doubt(order)
        return found

    def _key(self, order: Order) -> dict[str, str]:
        return {"idempotency-key": order.id} if self._has_keys else {}

    def _at_stripe(self, order: Order, trace: dict[str, str]) -> Held:
        ask = Ask(
            method="POST",
            path="/v1/payment_intents",
            headers={**trace, "authorization": "Bearer demo", **self._key(order)},
            form={
                "amount": str(order.amount),
                "currency": order.currency,
                "capture_method": "manual",
                "confirm": "true",
                "payment_method": "pm_card_visa",
                "metadata[order]": order.id,
            },
        )

        def understand(body: bytes) -> Held:
            found = read_object(body)
            said = (found.get("status"), found.get("amount"), found.get("currency"))
            if said != ("requires_capture", order.amount, order.currency):
                raise ValueError(f"expected {order.amount} {order.currency} to be held, got {said}")
            return Held("stripe", read_text(found, "id"))

        return self._stripe.call(ask, understand)

    def _at_adyen(self, order: Order, trace: dict[str, str]) -> Held:
        amount = {"value": order.amount, "currency": order.currency.upper()}
        ask = Ask(
            method="POST",
            path="/v71/payments",
            headers={**trace, "x-api-key": "demo", **self._key(order)},
            json={
                "amount": amount,
                "reference": order.id,
                "merchantAccount": "ChaoskitShop",
                "paymentMethod": {"type": "scheme"},
            },
        )

        def understand(body: bytes) -> Held:
            found = read_object(body)
            said = (found.get("resultCode"), found.get("amount"))
            if said != ("Authorised", amount):
                raise ValueError(f"expected {amount} to be authorised, got {said}")
            return Held("adyen", read_text(found, "pspReference"))

        return self._adyen.call(ask, understand)


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in ``body``; ValueError if it is anything else."""
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError(f"expected a JSON object, got {type(found).__name__}")  # noqa: TRY004 - the value is wrong
    return found


def read_text(found: dict[str, Any], name: str) -> str:
    """Return the text called ``name``; ValueError if it is missing, empty or no text."""
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected a text in `{name}`, got {value!r}")
    return value
