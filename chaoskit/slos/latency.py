"""``latency: {p95: "<= 800ms"}``: a percentile of the latency of all samples, from their intended start."""

from dataclasses import replace
from typing import Annotated

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Comparison, Slo
from chaoskit.core.units import DURATION
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.slos import phrase
from chaoskit.slos.check import Check, ratio_forecast, too_few
from chaoskit.slos.evidence import Evidence
from chaoskit.slos.limits import PERCENTILES, at_most
from chaoskit.slos.objective import Forecast, JudgedObjective
from chaoskit.slos.quantile import finite, lateness, quantile
from chaoskit.slos.ratio import ratio
from chaoskit.slos.scope import judged, subjects


@frozen
class Latency(JudgedObjective):
    """Ask that each of these percentiles stays within its limit; a failed sample is infinitely late."""

    limits: tuple[tuple[str, Annotated[Comparison, DURATION]], ...]

    def __post_init__(self) -> None:
        if not self.limits:
            raise ValueError('expected at least one percentile, such as {p95: "<= 800ms"}, got none')
        for name, limit in self.limits:
            if name not in PERCENTILES:
                raise ValueError(f"expected a percentile, one of {', '.join(PERCENTILES)}, got '{name}'")
            at_most(limit, "<= 800ms")

    def judge(self, slo: Slo, evidence: Evidence) -> list[Finding]:
        return [
            _one(slo, subject, name, limit, evidence)
            for subject in subjects(slo, evidence)
            for name, limit in self.limits
        ]

    def forecast(self, slo: Slo, experiment: Experiment) -> list[Forecast]:
        return [
            each
            for name, _ in self.limits
            for each in ratio_forecast(slo, experiment, name, PERCENTILES[name])
        ]


def _one(slo: Slo, subject: str, name: str, limit: Comparison, evidence: Evidence) -> Finding:
    """Judge the share of samples within the limit; percentiles themselves are for showing."""
    wanted = phrase.objective(limit, phrase.seconds)
    samples = judged(evidence, subject, evidence.experiment.phase(slo.in_))
    check = Check(slo=slo, kind="latency", metric=name, subject=subject, objective=f"{name} {wanted}")
    if not len(samples):
        return check.no_sample()
    q, confidence, bursts = PERCENTILES[name], evidence.experiment.confidence, evidence.experiment.bursts
    found = ratio(samples.start, lateness(samples) <= limit.limit, confidence, bursts=bursts)
    wanted_share = Comparison(">=", q)
    verdict = found.against(wanted_share)
    shown = quantile(samples, q, confidence)
    needed = found.needed(wanted_share, confidence) if verdict is Verdict.INCONCLUSIVE else None
    reason = (
        f"{name} was {phrase.seconds(shown.value)}, asked {phrase.asked(limit, phrase.seconds)}; "
        f"{phrase.share(found.value)} of {found.n} samples kept to it, needed {phrase.percent(q)}"
    )
    if verdict is Verdict.INCONCLUSIVE:
        reason += f"; {too_few(found, needed)}"
    cause = phrase.main_cause(samples, evidence.experiment.load.deadline)
    if verdict is Verdict.FAIL and cause:
        reason += f"; {cause}"
    return replace(
        check.unsettled(reason, phrase.seconds(shown.value)),
        verdict=verdict,
        value=finite(shown.value),
        lower=finite(shown.lower),
        upper=finite(shown.upper),
        limit=limit.limit,
        samples=found.n,
        effective=(found.as_seen if verdict is Verdict.FAIL else found).effective,
        needed=needed,
    )
