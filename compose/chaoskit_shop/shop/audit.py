"""Does the bank agree with the books? The shop asks it, and says so when a customer pays twice."""

import ssl
import threading
from collections import Counter
from dataclasses import dataclass, field

from chaoskit_shop.hosts import BANK
from chaoskit_shop.shop.build import Build
from chaoskit_shop.shop.client import Ask, Client
from chaoskit_shop.shop.payments import read_object
from chaoskit_shop.shop.stock import Stock


@dataclass(slots=True)
class _Read:
    """What was read of one provider's statement: so many holds, and how many for each order."""

    count: int = 0
    orders: Counter[str] = field(default_factory=Counter[str])


class Audit:
    """The bank's statements, read on from where the last audit stopped."""

    def __init__(self, build: Build, stock: Stock, trust: ssl.SSLContext | None = None) -> None:
        self._client = Client("bank", f"https://{BANK}", build, trust)
        self._stock = stock
        self._lock = threading.Lock()
        self._read = {"stripe": _Read(), "adyen": _Read()}

    def find(self, trace: dict[str, str]) -> dict[str, list[str]]:
        """Return the orders for which money is held ``twice``, and those ``paid`` for which none is.

        An order whose fate at the first provider is in doubt, and which the shop has written down as such, is
        not one of them: its first hold is released, or lapses. Raises ProviderError.
        """
        with self._lock:
            # The books first: what is paid by then must be on the statement.
            paid, doubts = self._stock.orders(), self._stock.doubts()
            for provider, read in self._read.items():
                self._read_on(provider, read, trace)
            total = Counter[str]()
            for read in self._read.values():
                total += read.orders
        # A doubt is written down before the second provider is asked, so it is known by now.
        doubts |= self._stock.doubts()
        twice = [
            order
            for order, count in total.items()
            if count > (2 if order in doubts else 1) or any(r.orders[order] > 1 for r in self._read.values())
        ]
        missing = [order for order, provider in paid if provider and self._read[provider].orders[order] == 0]
        return {"twice": twice, "missing": missing}

    def _read_on(self, provider: str, read: _Read, trace: dict[str, str]) -> None:
        ask = Ask(method="GET", path=f"/statement/{provider}?from={read.count}", headers=trace)
        holds = self._client.call(ask, lambda body: read_object(body)["holds"])
        read.count += len(holds)
        read.orders.update(each["order"] for each in holds)
