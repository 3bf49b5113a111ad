"""What an SLO says: which samples it is about, and the objectives they must meet."""

from typing import Literal

from chaoskit.core.frozen import frozen


@frozen
class Comparison:
    """A limit with its comparator, as in ``>= 99%``."""

    op: Literal[">=", "<="]
    limit: float

    def holds(self, value: float) -> bool:
        """Tell whether ``value`` keeps to the limit."""
        return value >= self.limit if self.op == ">=" else value <= self.limit


@frozen
class Margin:
    """How much slower a percentile may be, as in ``+25% +5ms``: ``share`` of what it was, and ``seconds``."""

    share: float = 0.0
    seconds: float = 0.0

    def above(self, value: float) -> float:
        """Return the limit that this margin allows where the percentile was ``value``."""
        return value * (1.0 + self.share) + self.seconds


class Objective:
    """Base of the frozen dataclasses in ``slos``, whose fields are their YAML parameters."""


@frozen(kw_only=True)
class Slo:
    """One entry of ``slos``. ``of`` names the endpoints, ``provider`` the provider; ``in_`` the phase.

    ``may_dilute``: it may pass although most of its samples were sent while no fault was on.
    """

    id: str
    in_: str
    of: tuple[str, ...] = ()
    provider: str | None = None
    objectives: tuple[tuple[str, Objective], ...] = ()  # the kind's YAML name, and its value
    stable_for: float = 5.0
    may_dilute: bool = False
    line: int | None = None
