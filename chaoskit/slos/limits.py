"""Which limits make sense: checked when the file is read, so that no run is spent on a vacuous question."""

from typing import Final

from chaoskit.core.objective import Comparison

PERCENTILES: Final = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
"""The percentiles that may be asked for, and the share of samples that must keep to the limit."""


def a_share(limit: Comparison) -> None:
    """Raise ValueError unless a share strictly between 0% and 100% is asked for.

    Every service has at least 0%, and no number of samples can show 100%.
    """
    if not 0.0 < limit.limit < 1.0:
        raise ValueError(
            "expected a share above 0% and below 100% (no number of samples can show 100%; "
            f"99.9% takes 2995 of them), got {limit.limit * 100:g}%"
        )


def at_least(limit: Comparison, example: str) -> None:
    """Raise ValueError unless a lower limit on a share is asked for."""
    if limit.op != ">=":
        raise ValueError(f"expected at least a share, such as {example}, got '{limit.op}'")
    a_share(limit)


def at_most(limit: Comparison, example: str) -> None:
    """Raise ValueError unless an upper limit above 0 is asked for."""
    if limit.op != "<=":
        raise ValueError(f"expected at most a limit, such as {example}, got '{limit.op}'")
    if limit.limit <= 0.0:
        raise ValueError(f"expected a limit above 0, such as {example}, got {limit.limit:g}")
