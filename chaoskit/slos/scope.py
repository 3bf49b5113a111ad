"""Which samples a check is judged on: the endpoints it names, and the samples that speak about its phase.

A sample belongs to the phase of its intended start, also when it is answered in the next one. Two exceptions
keep a fault's harm out of the time before it:

- The first phase ends where the first injection starts, if that is earlier.
- Of a phase without any injection, samples that were still open when the next injection started are left out,
  good or bad: that fault may have struck them.

A sample that was still open when the load stopped, and younger than the deadline, is left out of judgement,
since nobody knows what would have become of it; an older one is bad.
"""

from fnmatch import fnmatchcase

from chaoskit.core.experiment import Experiment, Injection, Phase
from chaoskit.core.objective import Slo
from chaoskit.core.service import ServiceInjection
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Evidence, Samples, nothing


def subjects(slo: Slo, evidence: Evidence) -> tuple[str, ...]:
    """Return the endpoints that an SLO names, in file order; all of them if it names none.

    A name that fits no endpoint is returned as it is: it has no samples, so that its check cannot pass.
    """
    return chosen(slo, evidence.endpoints)


def chosen(slo: Slo, endpoints: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of ``endpoints`` that an SLO names, and names of it that fit none of them."""
    if not slo.of:
        return endpoints
    found = [name for name in endpoints if any(name == p or fnmatchcase(name, p) for p in slo.of)]
    lost = [p for p in slo.of if not any(name == p or fnmatchcase(name, p) for name in endpoints)]
    return (*found, *lost)


def overlapping(experiment: Experiment, phase: Phase) -> tuple[Injection | ServiceInjection, ...]:
    """Return the injections that are on for some part of ``phase``."""
    return tuple(i for i in experiment.every_injection if i.overlaps(phase.start, phase.stop))


def beginnings(experiment: Experiment) -> tuple[float, ...]:
    """Return the instants at which an injection begins, or begins again."""
    return tuple(start for each in experiment.every_injection for start, _ in each.windows)


def judged(evidence: Evidence, endpoint: str, phase: Phase) -> Samples:
    """Return the samples of an endpoint that a check about ``phase`` rests on."""
    found = settled(evidence, evidence.of(endpoint, phase))
    experiment = evidence.experiment
    is_first = phase == experiment.phases[0]
    if not is_first and overlapping(experiment, phase):
        return found
    start = min((t for t in beginnings(experiment) if t >= phase.start), default=np.inf)
    over = found.start + found.latency <= start
    return found if over.all() else found.where(over)


def settled(evidence: Evidence, samples: Samples) -> Samples:
    """Leave out samples whose fate is unknown: still open at the end, and younger than the deadline."""
    known = ~samples.censored | (samples.latency >= evidence.experiment.load.deadline)
    return samples if known.all() else samples.where(known)


def pooled(parts: list[Samples]) -> Samples:
    """Put the samples of several endpoints together, one endpoint after the other."""
    if not parts:
        return nothing()
    if len(parts) == 1:
        return parts[0]
    return Samples(
        start=np.concatenate([each.start for each in parts]),
        latency=np.concatenate([each.latency for each in parts]),
        delay=np.concatenate([each.delay for each in parts]),
        good=np.concatenate([each.good for each in parts]),
        degraded=np.concatenate([each.degraded for each in parts]),
        censored=np.concatenate([each.censored for each in parts]),
        saturated=np.concatenate([each.saturated for each in parts]),
        arrival=np.concatenate([each.arrival for each in parts]),
        cause=np.concatenate([each.cause for each in parts]),
        trace=np.concatenate([each.trace for each in parts]),
    )
