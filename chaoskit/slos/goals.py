"""What "good again" means for an endpoint: what the file asks of it in a phase, else what it did there."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Objective
from chaoskit.slos.availability import Availability
from chaoskit.slos.evidence import Bools, Evidence, Samples
from chaoskit.slos.latency import Latency
from chaoskit.slos.limits import PERCENTILES
from chaoskit.slos.quantile import lateness
from chaoskit.slos.ratio import ratio
from chaoskit.slos.scope import judged

HEALTHY: Final = 0.95
"""The share of good samples that is expected where the file says nothing."""

LEEWAY: Final = 0.005
"""How much less than the first phase is known to have had still counts as recovered."""


@frozen
class Goal:
    """At least a share ``wanted`` of samples is good and, if ``within`` is given, this fast (seconds)."""

    wanted: float
    within: float | None = None

    def met(self, samples: Samples) -> Bools:
        """Tell of each sample whether it is as the goal wants it."""
        return samples.good if self.within is None else lateness(samples) <= self.within


def objectives(experiment: Experiment, endpoint: str, phase: str) -> Iterator[Objective]:
    """Yield what the file asks of an endpoint in a phase."""
    for slo in experiment.slos:
        named = not slo.of or any(endpoint == p or fnmatchcase(endpoint, p) for p in slo.of)
        if slo.in_ == phase and named:
            yield from (objective for _, objective in slo.objectives)


def asked_availability(experiment: Experiment, endpoint: str, phase: str) -> float | None:
    """Return the strictest availability that the file asks of an endpoint in a phase; None without any."""
    found = objectives(experiment, endpoint, phase)
    return max((each.limit.limit for each in found if isinstance(each, Availability)), default=None)


def degraded_goal(evidence: Evidence, endpoint: str, phase: str) -> Goal:
    """Return what good answers during a fault are: the phase's own availability objective, or 95 %."""
    return Goal(asked_availability(evidence.experiment, endpoint, phase) or HEALTHY)


def recovered_goals(evidence: Evidence, endpoint: str) -> tuple[Goal, ...]:
    """Return what recovery is: every objective of the first phase.

    Without one about availability, what the first phase is known to have had, less half a percentage point,
    but not below 95 %.
    """
    first = evidence.experiment.phases[0]
    wanted = asked_availability(evidence.experiment, endpoint, first.name)
    if wanted is None:
        samples = judged(evidence, endpoint, first)
        had = ratio(samples.start, samples.good, evidence.experiment.confidence, bursts=0.0).lower
        wanted = max(HEALTHY, had - LEEWAY)
    paces = tuple(
        Goal(PERCENTILES[name], limit.limit)
        for each in objectives(evidence.experiment, endpoint, first.name)
        if isinstance(each, Latency)
        for name, limit in each.limits
    )
    return (Goal(wanted), *paces)
