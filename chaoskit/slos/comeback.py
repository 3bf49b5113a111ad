"""A limit on how long it took until samples were good again: the finding, for both kinds that ask this."""

import math
from collections.abc import Iterable
from dataclasses import replace

from chaoskit.core.experiment import Experiment
from chaoskit.core.objective import Comparison, Slo
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.slos import phrase
from chaoskit.slos.change_point import FEWEST_GOOD, Return, Span, returned
from chaoskit.slos.check import Check, check_id, expected_rate
from chaoskit.slos.evidence import Evidence
from chaoskit.slos.goals import Goal
from chaoskit.slos.lost_client import excuse
from chaoskit.slos.objective import Forecast
from chaoskit.slos.scope import chosen, settled


def comeback(
    check: Check, limit: Comparison, goals: Iterable[Goal], span: Span, evidence: Evidence
) -> Finding:
    """Return the finding about the slowest of ``goals`` to be met again within ``span``."""
    found = evidence.samples.get(check.subject)
    samples = settled(evidence, found.within(span.start, span.stop)) if found is not None else None
    if samples is None or not len(samples):
        return check.unsettled(f"no sample of {check.subject} in the time after it")
    confidence = evidence.experiment.confidence
    results = [
        _one(
            check,
            limit,
            goal,
            span,
            returned(samples.start, goal.met(samples), goal.wanted, span, confidence),
        )
        for goal in goals
    ]
    order = [Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS]
    slowest = min(results, key=lambda each: (order.index(each.verdict), -(each.upper or math.inf)))
    if slowest.verdict is Verdict.FAIL and slowest.value is None:  # it was never seen to come back
        why = excuse(evidence, check.subject, span.start, span.stop)
        if why is not None:
            return replace(slowest, verdict=Verdict.INCONCLUSIVE, reason=f"{slowest.reason}; {why}")
    return slowest


def _one(check: Check, limit: Comparison, goal: Goal, span: Span, back: Return) -> Finding:
    wanted = f"{phrase.share(goal.wanted)} good answers"
    if goal.within is not None:
        wanted += f" within {phrase.seconds(goal.within)}"
    verdict = _verdict(back, limit.limit)
    return replace(
        check.unsettled(_reason(back, limit.limit, span, wanted), _measured(back)),
        verdict=verdict,
        value=back.value if back.is_back else None,
        lower=back.lower if back.is_known else None,
        upper=back.upper if back.is_back else None,
        limit=limit.limit,
        samples=back.samples,
        needed=FEWEST_GOOD if not back.is_known else None,
    )


def _verdict(back: Return, limit: float) -> Verdict:
    if back.is_back and back.upper <= limit:
        return Verdict.PASS
    return Verdict.FAIL if back.is_known and back.lower > limit else Verdict.INCONCLUSIVE


def _measured(back: Return) -> str:
    if not back.is_known:
        return "unknown"
    if not back.is_back:
        return f"more than {phrase.seconds(back.lower)}"
    return phrase.seconds(back.value)


def _reason(back: Return, limit: float, span: Span, wanted: str) -> str:
    asked, stable = phrase.seconds(limit), phrase.seconds(span.stable)
    if not back.is_known:
        return (
            f"too few samples to tell when {wanted} were back: a stable run of {stable} needs at "
            f"least {FEWEST_GOOD} good ones"
        )
    if not back.is_back:
        seen = phrase.seconds(span.stop - span.start)
        text = f"{wanted} were not back for {stable} in the {seen} that were watched, asked within {asked}"
        if back.lower > limit:
            return text
        return f"{text}; the phase is too short to tell: it needs {phrase.seconds(limit + span.stable)}"
    if not back.disturbed:
        return f"there were {wanted} at all times, asked within {asked}"
    between = f"between {phrase.seconds(back.lower)} and {phrase.seconds(back.upper)}"
    return f"{wanted} were back after {phrase.seconds(back.value)} ({between}), asked within {asked}"


def comeback_forecast(
    slo: Slo, experiment: Experiment, metric: str, span: Span | None, limit: float
) -> list[Forecast]:
    """Return whether a stable run can be seen within ``span``, and with enough samples."""
    found: list[Forecast] = []
    room = span.stop - span.start if span else 0.0
    for name in chosen(slo, tuple(each.name for each in experiment.load.endpoints)):
        rate = expected_rate(experiment, name)
        if rate is None:
            continue
        expected = int(rate * slo.stable_for)
        advice = ""
        if expected < FEWEST_GOOD:
            advice = f"raise the arrivals or stable_for, so that a stable run has {FEWEST_GOOD} samples"
        if room < limit + slo.stable_for:
            expected = 0
            advice = f"make the time after it at least {phrase.seconds(limit + slo.stable_for)} long"
        check = check_id(slo, name, metric)
        found.append(Forecast(check=check, expected=expected, needed=FEWEST_GOOD, advice=advice))
    return found
