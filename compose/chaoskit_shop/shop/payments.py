"""Hold an order's amount at one payment provider, or at the other when the first is of no use."""

import json
import ssl
from dataclasses import dataclass
from typing import Any

from chaoskit_shop.hosts import ADYEN, STRIPE
from chaoskit_shop.shop.build import Build
from chaoskit_shop.shop.client import Ask, Client
from chaoskit_shop.shop.failure import ProviderError


@dataclass(frozen=True, slots=True)
class Order:
    """What is paid for. ``id`` is also the idempotency key, so a retry cannot pay a second time."""

    id: str
    amount: int  # cents
    currency: str


@dataclass(frozen=True, slots=True)
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
    ) -> None:
        self._stripe = Client("stripe", stripe, build, trust)
        self._adyen = Client("adyen", adyen, build, trust)
        self._has_fallback = build.has_fallback

    def hold(self, order: Order, trace: dict[str, str]) -> Held:
        """Return what was held; ``trace`` are headers to pass on. Raises ProviderError."""
        try:
            return self._at_stripe(order, trace)
        except ProviderError as error:
            if not self._has_fallback or not error.is_down:
                raise
        return self._at_adyen(order, trace)

    def _at_stripe(self, order: Order, trace: dict[str, str]) -> Held:
        ask = Ask(
            method="POST",
            path="/v1/payment_intents",
            headers={**trace, "authorization": "Bearer demo", "idempotency-key": order.id},
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
            headers={**trace, "x-api-key": "demo", "idempotency-key": order.id},
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
