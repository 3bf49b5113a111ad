"""Rates from totals: what finished between one look and the next."""

from dataclasses import dataclass, field

from chaoskit.core.guard import Counted

WINDOW = 1.0


@dataclass(slots=True)
class Meter:
    """Totals of the last second or so."""

    _seen: list[tuple[float, int, Counted]] = field(default_factory=list[tuple[float, int, Counted]])

    def show(self, now: float, offered: int, totals: Counted) -> tuple[float, float | None]:
        """Take the totals at ``now``; return (arrivals a second, share not good or None)."""
        self._seen.append((now, offered, totals))
        while len(self._seen) > 2 and self._seen[1][0] <= now - WINDOW:
            del self._seen[0]
        then, offered_then, totals_then = self._seen[0]
        done = totals.done - totals_then.done
        good = totals.good - totals_then.good
        rate = (offered - offered_then) / (now - then) if now > then else 0.0
        return rate, (1 - good / done if done else None)
