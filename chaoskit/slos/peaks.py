"""The worst second of each provider once faults began: the storm, or the herd after the lift."""

import math

from chaoskit.core.result import PeakRow
from chaoskit.slos import summary
from chaoskit.slos.evidence import Evidence


def peaks(evidence: Evidence) -> tuple[PeakRow, ...]:
    """Return a row for each provider that was called before and after the first fault began.

    Whole seconds are counted; that in which the first fault begins is already its.
    """
    experiment = evidence.experiment
    first = experiment.phases[0]
    struck = min((each.start for each in experiment.every_injection), default=math.inf)
    if struck == math.inf:
        return ()
    usual = math.floor(min(first.stop, struck))
    connections = summary.connections_to(evidence)
    rows: list[PeakRow] = []
    for name, counts in summary.provider_calls(evidence):
        before, after = counts[:usual], counts[math.floor(struck) :]
        if not sum(before) or not any(after):
            continue
        second = math.floor(struck) + after.index(max(after))
        phases = (each.name for each in experiment.phases if each.start < second + 1 and second < each.stop)
        rows.append(
            PeakRow(
                provider=name,
                second=second,
                phase=next(phases, ""),
                calls=max(after),
                usual=sum(before) / usual,
                usual_most=max(before),
                after_lift=_after_lift(evidence, name, second),
                are_connections=name in connections,
            )
        )
    return tuple(rows)


def _after_lift(evidence: Evidence, provider: str, second: int) -> float | None:
    """Return how long before the second's end the last fault on the provider ended; None while one is on."""
    on = [each for each in evidence.experiment.injections if each.provider == provider]
    ends = [stop for each in on for low, stop in each.windows if low < second + 1]
    last = max(ends, default=math.inf)
    return second + 1 - last if last < second + 1 else None
