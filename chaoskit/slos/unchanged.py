"""``unchanged: {availability: -0.5pp, p95: "+25% +5ms"}``: no worse than the first phase, by a margin."""

import math
from dataclasses import replace

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Comparison, Margin, Slo
from chaoskit.core.units import Points
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.slos import phrase
from chaoskit.slos.check import Check, ratio_forecast, too_few
from chaoskit.slos.evidence import Evidence, Samples
from chaoskit.slos.limits import PERCENTILES
from chaoskit.slos.objective import Forecast, JudgedObjective
from chaoskit.slos.quantile import finite, lateness, quantile
from chaoskit.slos.ratio import Ratio, ratio
from chaoskit.slos.scope import judged, subjects
from chaoskit.slos.stats import newcombe


@frozen(kw_only=True)
class Unchanged(JudgedObjective):
    """Ask that availability and percentiles are no worse than in the first phase by more than a margin."""

    availability: Points | None = None
    p50: Margin | None = None
    p90: Margin | None = None
    p95: Margin | None = None
    p99: Margin | None = None

    def __post_init__(self) -> None:
        if self.availability is not None and not -1.0 < self.availability < 0.0:
            raise ValueError(
                f"expected how much availability may drop, such as -0.5pp, got {self.availability * 100:+g}pp"
            )
        given = self.margins()
        if self.availability is None and not given:
            raise ValueError('expected a margin, such as {availability: -0.5pp, p95: "+25% +5ms"}, got none')
        for name, margin in given:
            if margin.share < 0 or margin.seconds < 0 or margin.share == margin.seconds == 0:
                raise ValueError(f'expected how much slower {name} may be, such as "+25% +5ms", got none')

    def margins(self) -> list[tuple[str, Margin]]:
        """Return the percentiles that are asked about, with their margins."""
        margins = [("p50", self.p50), ("p90", self.p90), ("p95", self.p95), ("p99", self.p99)]
        return [(name, margin) for name, margin in margins if margin is not None]

    def judge(self, slo: Slo, evidence: Evidence) -> list[Finding]:
        found: list[Finding] = []
        for subject in subjects(slo, evidence):
            if self.availability is not None:
                objective = f"availability {phrase.points(self.availability)}"
                check = _check(slo, subject, "unchanged-availability", objective)
                found.append(_available(check, -self.availability, evidence))
            for name, margin in self.margins():
                objective = f"{name} +{phrase.percent(margin.share)} +{phrase.seconds(margin.seconds)}"
                check = _check(slo, subject, f"unchanged-{name}", objective)
                found.append(_as_fast(check, name, margin, evidence))
        return found

    def forecast(self, slo: Slo, experiment: Experiment) -> list[Forecast]:
        return [
            each
            for name, _ in self.margins()
            for each in ratio_forecast(slo, experiment, f"unchanged-{name}", PERCENTILES[name])
        ]


def _check(slo: Slo, subject: str, metric: str, objective: str) -> Check:
    return Check(slo=slo, kind="unchanged", metric=metric, subject=subject, objective=objective)


def _pair(check: Check, evidence: Evidence) -> tuple[Samples, Samples] | str:
    """Return the samples of the first phase and of the SLO's, or why they cannot be compared."""
    first, phase = evidence.experiment.phases[0], evidence.experiment.phase(check.slo.in_)
    if phase == first:
        return f"{first.name} cannot be compared with itself"
    before, after = judged(evidence, check.subject, first), judged(evidence, check.subject, phase)
    for name, samples in ((first.name, before), (phase.name, after)):
        if not len(samples):
            return f"no sample of {check.subject} in {name}"
    return before, after


def _available(check: Check, allowed: float, evidence: Evidence) -> Finding:
    """Judge the drop of availability, with Newcombe's interval on the two block-robust ones."""
    pair, confidence = _pair(check, evidence), evidence.experiment.confidence
    bursts = evidence.experiment.bursts
    if isinstance(pair, str):
        return check.unsettled(pair)
    before, after = (ratio(each.start, each.good, confidence, bursts=bursts) for each in pair)
    gap, lower, upper = _gap(before, after)
    _, surely, at_best = _gap(before.as_seen, after.as_seen)
    verdict = Verdict.INCONCLUSIVE
    if lower >= -allowed:
        verdict = Verdict.PASS
    elif at_best < -allowed:
        verdict, lower, upper = Verdict.FAIL, surely, at_best
    reason = (
        f"availability went from {phrase.share(before.value)} to {phrase.share(after.value)} "
        f"({phrase.points(gap)}), allowed {phrase.points(-allowed)}"
    )
    needed = None
    if verdict is Verdict.INCONCLUSIVE:
        reason += f"; it may be from {phrase.points(lower)} to {phrase.points(upper)}"
        spread, distance = (gap - lower if gap > -allowed else upper - gap), abs(gap + allowed)
        needed = math.ceil(after.n * (spread / distance) ** 2) if distance > 1e-6 else None
    return replace(
        check.unsettled(reason, phrase.points(gap)),
        verdict=verdict,
        value=gap,
        lower=lower,
        upper=upper,
        limit=-allowed,
        samples=after.n,
        effective=(after.as_seen if verdict is Verdict.FAIL else after).effective,
        needed=needed,
    )


def _gap(before: Ratio, after: Ratio) -> tuple[float, float, float]:
    return newcombe((after.value, after.lower, after.upper), (before.value, before.lower, before.upper))


def _as_fast(check: Check, name: str, margin: Margin, evidence: Evidence) -> Finding:
    """Judge the share of samples that keep to the first phase's percentile and the margin.

    To pass, the share must be large enough for the lowest that the first phase's percentile may have been;
    to fail, too small for the highest.
    """
    pair, confidence = _pair(check, evidence), evidence.experiment.confidence
    bursts = evidence.experiment.bursts
    if isinstance(pair, str):
        return check.unsettled(pair)
    _, after = pair
    q = PERCENTILES[name]
    was, now = (quantile(each, q, confidence) for each in pair)
    if math.isinf(was.value):
        return check.unsettled(f"{name} of the first phase is a failed request", phrase.seconds(now.value))
    late = lateness(after)
    strict = ratio(after.start, late <= margin.above(was.lower), confidence, bursts=bursts)
    lenient = ratio(after.start, late <= margin.above(was.upper), confidence, bursts=bursts)
    verdict = Verdict.INCONCLUSIVE
    if was.lower > 0 and strict.against(Comparison(">=", q)) is Verdict.PASS:
        verdict = Verdict.PASS
    elif math.isfinite(was.upper) and lenient.against(Comparison(">=", q)) is Verdict.FAIL:
        verdict = Verdict.FAIL
    reason = (
        f"{name} went from {phrase.seconds(was.value)} to {phrase.seconds(now.value)}, "
        f"allowed {phrase.seconds(margin.above(was.value))}"
    )
    needed = strict.needed(Comparison(">=", q), confidence) if verdict is Verdict.INCONCLUSIVE else None
    if verdict is Verdict.INCONCLUSIVE:
        reason += f"; {too_few(strict, needed)}"
    return replace(
        check.unsettled(reason, phrase.seconds(now.value)),
        verdict=verdict,
        value=finite(now.value),
        lower=finite(now.lower),
        upper=finite(now.upper),
        limit=margin.above(was.value),
        samples=len(after),
        effective=(lenient.as_seen if verdict is Verdict.FAIL else strict).effective,
        needed=needed,
    )
