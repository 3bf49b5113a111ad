"""What a payment provider has done, one entry for each effect; and its answers, by idempotency key."""

import hashlib
from dataclasses import asdict, dataclass, field

from chaoskit.core.frozen import frozen


@frozen
class Effect:
    """Money held on a customer's card."""

    id: str
    key: str  # the idempotency key; empty if the caller sent none
    reference: str  # the caller's own name of the order
    amount: int  # in the currency's smallest unit
    currency: str


@frozen
class Given:
    """The answer that belongs to an idempotency key, and a digest of what was asked with it."""

    asked: str
    answer: dict[str, object]


@dataclass(slots=True)
class Ledger:
    """Effects and answers, in memory. One greenlet at a time, so it needs no lock."""

    effects: list[Effect] = field(default_factory=list[Effect])
    given: dict[str, Given] = field(default_factory=dict[str, Given])
    in_progress: set[str] = field(default_factory=set[str])
    calls: int = 0

    def new_id(self, prefix: str, length: int) -> str:
        """Return an id in the provider's style, unlike any before it."""
        self.calls += 1
        return prefix + hashlib.sha256(f"{prefix}{self.calls}".encode()).hexdigest()[:length]

    def as_json(self) -> dict[str, object]:
        """Return all effects, for a test to count."""
        return {"effects": [asdict(each) for each in self.effects]}


def digest(body: bytes) -> str:
    """Return a short name of a request's body."""
    return hashlib.sha256(body).hexdigest()
