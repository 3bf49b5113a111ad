"""``amplification: "<= 3x"``: attempts to a provider for each user request, against the first phase.

An attempt counts for the phase of the request that caused it, whenever it came (``slos.caused``). Of one that
carries no trace of the load's that is not known, and it counts when it came: a lower bound, for retries
outlive a phase. What more came until the next injection begins than usual may be theirs, and no pass leaves
that out.
"""

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
from chaoskit.slos.caused import Caused, caused
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
        calls = caused(evidence, slo.provider)
        usual = replace(first, stop=min(first.stop, struck))
        before = rate(slo, evidence, usual, calls)
        after = rate(slo, evidence, experiment.phase(slo.in_), calls)
        for phase, found in ((first.name, before), (slo.in_, after)):
            if found.requests < FEWEST_REQUESTS:
                reason = (
                    f"{phase} has {phrase.plural(found.requests, 'request')} that need {provider}, "
                    f"at least {FEWEST_REQUESTS} are needed"
                )
                return [replace(check.unsettled(reason), samples=found.requests, needed=FEWEST_REQUESTS)]
            if not found.attempts:
                return [check.unsettled(f"no call to {provider} was seen in {phase}", "no call")]
        later = _later(slo, evidence, calls, before) if after.loose else 0
        return [self._compared(check, before, after, later, experiment.confidence)]

    def _compared(
        self, check: Check, before: "Rate", after: "Rate", later: int, confidence: float
    ) -> Finding:
        """Compare, where up to ``later`` calls more may have been caused in the phase."""
        value = after.value / before.value
        error = z(confidence) * math.hypot(before.error, after.error)
        lower = value * math.exp(-error)
        upper = value * (1 + later / after.attempts) * math.exp(error)
        verdict = Verdict.INCONCLUSIVE
        if upper <= self.limit.limit:
            verdict = Verdict.PASS
        elif lower > self.limit.limit:
            verdict = Verdict.FAIL
        reason = (
            f"{after.attempts} calls to {check.subject} for {after.requests} requests, "
            f"{after.value:.3g} for each; in the first phase {before.value:.3g}; "
            f"asked {phrase.asked(self.limit, phrase.factor)}{_how(after, later)}"
        )
        needed = None
        if verdict is Verdict.INCONCLUSIVE:
            reason += f"; it lies between {phrase.factor(lower)} and {phrase.factor(upper)}"
            gap = math.log(self.limit.limit / value)
            is_for_chance = gap and (gap < 0 or not later)
            needed = math.ceil(after.requests * (error / gap) ** 2) if is_for_chance else None
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
    """Calls to a provider for each user request that needs it; ``error`` is relative.

    ``loose`` of the calls are tied to no request, and counted when they came.
    """

    attempts: int
    requests: int
    error: float
    loose: int = 0

    @property
    def value(self) -> float:
        return self.attempts / self.requests


def needing(slo: Slo, experiment: Experiment, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the endpoints that need the SLO's provider: those that say so, or all if none does."""
    if slo.of:
        return chosen(slo, names)
    said = {each.name for each in experiment.load.endpoints if slo.provider in each.depends_on}
    return tuple(name for name in names if name in said) or names


def rate(slo: Slo, evidence: Evidence, phase: Phase, calls: Caused) -> Rate:
    """Return the calls to the SLO's provider for each request that was really sent in a phase.

    Refused connections are calls too: without them a blackhole would show none. One that calls came on is
    not: it would count them twice while a fault is about it, and never in the first phase. The error is what
    blocks of time show: those of independent calls would differ by chance alone, so that it is never less.
    """
    sent = _sent(slo, evidence, phase)
    mine = calls.within(phase.start, phase.stop)
    loose = int(np.count_nonzero(~mine.is_tied))
    if not len(sent) or not len(mine.at):
        return Rate(len(mine.at), len(sent), math.inf, loose)
    confidence = evidence.experiment.confidence
    errors = [
        _error(mine.at - phase.start, sent - phase.start, length, confidence)
        for length in lengths(np.sort(sent))
    ]
    return Rate(len(mine.at), len(sent), max(errors) or 1 / math.sqrt(len(mine.at)), loose)


def _sent(slo: Slo, evidence: Evidence, phase: Phase) -> Floats:
    """Return when the requests of a phase began that were really sent, and need the SLO's provider."""
    names = needing(slo, evidence.experiment, evidence.endpoints)
    parts = [evidence.of(name, phase) for name in names]
    return np.concatenate([np.zeros(0), *(part.start[~part.saturated] for part in parts)])


def _later(slo: Slo, evidence: Evidence, calls: Caused, before: Rate) -> int:
    """Return how many loose calls more than usual came after the phase, until another injection begins."""
    experiment = evidence.experiment
    start = experiment.phase(slo.in_).stop
    begins = (low for each in experiment.every_injection for low, _ in each.windows if low >= start)
    stop = min(begins, default=experiment.length)
    if stop <= start:
        return 0
    usual = before.loose / before.requests * len(_sent(slo, evidence, Phase("", start, stop)))
    return max(0, math.ceil(calls.loose(start, stop) - usual))


def _how(after: Rate, later: int) -> str:
    """Say how calls were counted, where that leaves something out."""
    if not after.loose:
        return ""
    more = f"; {later} calls more than usual came after it, and may be theirs" if later else ""
    return (
        f"; a lower bound, for {after.loose} of them carry no trace id of the load, so that what the phase's "
        f"requests called after its end is not among them{more}; pass `traceparent` on in the service"
    )


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
