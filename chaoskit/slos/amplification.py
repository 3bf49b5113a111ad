"""``amplification: "<= 3x"``: attempts to a provider for each user request, against the first phase."""

import math
from dataclasses import replace
from typing import Annotated, ClassVar, Final

from chaoskit.core.experiment import Experiment, Phase
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Comparison, Slo
from chaoskit.core.units import FACTOR
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.slos import arrays as np
from chaoskit.slos import phrase
from chaoskit.slos.check import Check, check_id, expected_samples, forecast_of
from chaoskit.slos.evidence import Evidence, Floats
from chaoskit.slos.limits import at_most
from chaoskit.slos.objective import Forecast, JudgedObjective
from chaoskit.slos.ratio import FEWEST_BLOCKS, lengths
from chaoskit.slos.scope import chosen
from chaoskit.slos.stats import short_of, z

FEWEST_REQUESTS: Final = 30
"""With fewer user requests, in either phase, a factor says nothing."""


@frozen
class Amplification(JudgedObjective):
    """Ask that retries do not multiply the calls to the provider by more than this."""

    about: ClassVar[str] = "provider"

    limit: Annotated[Comparison, FACTOR]

    def __post_init__(self) -> None:
        at_most(self.limit, "<= 3x")

    def judge(self, slo: Slo, evidence: Evidence) -> list[Finding]:
        experiment, first = evidence.experiment, evidence.experiment.phases[0]
        provider, wanted = slo.provider or "", phrase.objective(self.limit, phrase.factor)
        kind = "amplification"
        check = Check(slo=slo, kind=kind, metric=kind, subject=provider, objective=wanted)
        if slo.in_ == first.name:
            return [check.unsettled(f"{first.name} cannot be compared with itself", "unknown")]
        struck = min((each.start for each in experiment.every_injection), default=first.stop)
        before = rate(slo, evidence, replace(first, stop=min(first.stop, struck)))
        after = rate(slo, evidence, experiment.phase(slo.in_))
        for phase, found in ((first.name, before), (slo.in_, after)):
            if found.requests < FEWEST_REQUESTS:
                reason = (
                    f"{phase} has {phrase.plural(found.requests, 'request')} that need {provider}, "
                    f"at least {FEWEST_REQUESTS} are needed"
                )
                return [replace(check.unsettled(reason), samples=found.requests, needed=FEWEST_REQUESTS)]
            if not found.attempts:
                return [check.unsettled(f"no call to {provider} was seen in {phase}", "no call")]
        return [self._compared(check, before, after, experiment.confidence)]

    def _compared(self, check: Check, before: "Rate", after: "Rate", confidence: float) -> Finding:
        value = after.value / before.value
        error = math.hypot(before.error, after.error)
        lower, upper = (value * math.exp(side * z(confidence) * error) for side in (-1, 1))
        verdict = Verdict.INCONCLUSIVE
        if upper <= self.limit.limit:
            verdict = Verdict.PASS
        elif lower > self.limit.limit:
            verdict = Verdict.FAIL
        reason = (
            f"{after.attempts} calls to {check.subject} for {after.requests} requests, "
            f"{after.value:.3g} for each; in the first phase {before.value:.3g}; "
            f"asked {phrase.asked(self.limit, phrase.factor)}"
        )
        needed = None
        if verdict is Verdict.INCONCLUSIVE:
            reason += f"; it lies between {phrase.factor(lower)} and {phrase.factor(upper)}"
            gap = math.log(self.limit.limit / value)
            needed = math.ceil(after.requests * (z(confidence) * error / gap) ** 2) if gap else None
        return replace(
            check.unsettled(reason, phrase.factor(value)),
            verdict=verdict,
            value=value,
            lower=lower,
            upper=upper,
            limit=self.limit.limit,
            samples=after.requests,
            needed=needed,
        )

    def forecast(self, slo: Slo, experiment: Experiment) -> list[Forecast]:
        names = tuple(each.name for each in experiment.load.endpoints)
        counts = [expected_samples(experiment, name, slo.in_) for name in needing(slo, experiment, names)]
        expected = sum(each or 0 for each in counts)
        if None in counts or not counts:
            return []
        check = check_id(slo, slo.provider or "", "amplification")
        return [forecast_of(check, expected, FEWEST_REQUESTS, slo.in_)]


@frozen
class Rate:
    """Calls to a provider for each user request that needs it; ``error`` is relative."""

    attempts: int
    requests: int
    error: float

    @property
    def value(self) -> float:
        return self.attempts / self.requests


def needing(slo: Slo, experiment: Experiment, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the endpoints that need the SLO's provider: those that say so, or all if none does."""
    if slo.of:
        return chosen(slo, names)
    said = {each.name for each in experiment.load.endpoints if slo.provider in each.depends_on}
    return tuple(name for name in names if name in said) or names


def rate(slo: Slo, evidence: Evidence, phase: Phase) -> Rate:
    """Return the calls to the SLO's provider for each request that was really sent in a phase.

    Refused connections are calls too: without them a blackhole would show none. One that calls came on is
    not: it would count them twice while a fault is about it, and never in the first phase. The error is what
    blocks of time show: those of independent calls would differ by chance alone, so that it is never less.
    """
    names = needing(slo, evidence.experiment, evidence.endpoints)
    parts = [evidence.of(name, phase) for name in names]
    sent = np.concatenate([np.zeros(0), *(each.start[~each.saturated] for each in parts)])
    times = np.array([a.t for a in evidence.calls_to(slo.provider)])
    calls = times[(times >= phase.start) & (times < phase.stop)]
    if not len(sent) or not len(calls):
        return Rate(len(calls), len(sent), math.inf)
    confidence = evidence.experiment.confidence
    errors = [
        _error(calls - phase.start, sent - phase.start, length, confidence)
        for length in lengths(np.sort(sent))
    ]
    return Rate(len(calls), len(sent), max(errors) or 1 / math.sqrt(len(calls)))


def _error(calls: Floats, sent: Floats, length: float, confidence: float) -> float:
    """Return the relative error of the ratio as blocks of ``length`` seconds show it; 0 if too few."""
    size = int(max(calls.max(), sent.max()) / length) + 1
    many = np.bincount((calls / length).astype(np.int64), minlength=size)
    base = np.bincount((sent / length).astype(np.int64), minlength=size)
    filled = int(np.count_nonzero(base))
    if filled < FEWEST_BLOCKS:
        return 0.0
    excess = many - len(calls) / len(sent) * base
    spread = math.sqrt(filled / (filled - 1) * float(np.square(excess).sum())) / len(calls)
    return spread * short_of(filled - 1, confidence)
