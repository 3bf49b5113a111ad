"""One row of the table of targets: what was asked of chaoskit's speed, and what was measured."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from publish import cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """``limit`` is the most that ``values``' median may be, or, with ``at_least``, the least.

    ``values``: one for each round, in ``unit`` (``x``: a ratio). None at all: ``why`` says what was missing.
    """

    what: str
    limit: float
    unit: str
    values: Sequence[float]
    at_least: bool = False
    digits: int = 2
    why: str = ""

    @property
    def is_met(self) -> bool | None:
        """None if it was not measured."""
        if not self.values:
            return None
        median = statistics.median(self.values)
        return median >= self.limit if self.at_least else median <= self.limit

    def row(self) -> tuple[str, str, str, str]:
        """Return what, the target, what was measured, and whether that meets it (else the reason)."""
        asked = f"{'>=' if self.at_least else '<='} {self.limit:g} {self.unit}"
        verdict = {True: "met", False: "missed", None: "not measured"}[self.is_met]
        reason = f"{verdict}: {self.why}" if self.why and not self.is_met else verdict
        return self.what, asked, cell(self.values, self.digits), reason
