"""The always-on checks: whether the run can be believed at all. A broken one is inconclusive, not a fail."""

from collections.abc import Iterable
from dataclasses import replace

from chaoskit.core.verdict import Finding, Verdict
from chaoskit.slos import arrays as np
from chaoskit.slos import phrase
from chaoskit.slos.evidence import Evidence
from chaoskit.slos.goals import HEALTHY, asked_availability
from chaoskit.slos.ratio import ratio
from chaoskit.slos.scope import judged, pooled
from chaoskit.slos.stats import least


def proof(check: str, subject: str, objective: str, measured: str, broken: str | None) -> Finding:
    """Return a proof's finding: ``broken`` says why it does not hold, None that it does."""
    return Finding(
        check=check,
        kind=check.partition("/")[0],
        phase="",
        subject=subject,
        verdict=Verdict.PASS if broken is None else Verdict.INCONCLUSIVE,
        objective=objective,
        measured=measured,
        reason=broken or f"{check} holds: {measured}",
        is_proof=True,
    )


def record(evidence: Evidence) -> Finding:
    """Prove that no part of the record is missing."""
    problems = "; ".join(evidence.problems)
    measured = phrase.plural(len(evidence.problems), "problem")
    return proof("record/complete", "record", "no problem", measured, problems or None)


def asked(evidence: Evidence) -> list[Finding]:
    """Say so where nothing was asked, or nothing was taken away: then nothing was shown."""
    found: list[Finding] = []
    if not any(slo.objectives for slo in evidence.experiment.slos):
        reason = "nothing was asked: the experiment has no SLO"
        found.append(proof("asked/slo", "experiment", "at least one SLO", "none", reason))
    if not evidence.experiment.every_injection:
        reason = "nothing was taken away: the experiment has no injection"
        found.append(proof("asked/injection", "experiment", "at least one injection", "none", reason))
    return found


def baseline(evidence: Evidence, findings: Iterable[Finding]) -> Finding:
    """Prove that the target was healthy before any fault.

    Every SLO about the first phase must pass. An endpoint without one about its availability must not be
    shown to be below 95 %, and all such endpoints together must be shown to be above.
    """
    experiment, first = evidence.experiment, evidence.experiment.phases[0]
    failed = [f for f in findings if f.phase == first.name and f.verdict is not Verdict.PASS]
    silent = [n for n in evidence.endpoints if asked_availability(experiment, n, first.name) is None]
    parts = {name: judged(evidence, name, first) for name in evidence.endpoints}
    count = sum(map(len, parts.values()))
    measured = "no sample"
    if count:
        good = sum(int(np.count_nonzero(each.good)) for each in parts.values())
        measured = f"{phrase.share(good / count)} of {count} samples good"

    def answer(broken: str | None) -> Finding:
        wanted = f">= {phrase.percent(HEALTHY)} good"
        found = proof("baseline/healthy", "target", wanted, measured, broken)
        return replace(found, phase=first.name)

    if not count:
        return answer(f"no sample in {first.name} before the first fault, so nothing shows a healthy target")
    if failed:
        worst = min(failed, key=lambda each: each.verdict is not Verdict.FAIL)
        text = "the target was not shown to be healthy before any fault"
        return answer(f"{text}: {worst.check}: {worst.reason}")
    for name in silent:
        found = ratio(parts[name].start, parts[name].good, experiment.confidence, bursts=0.0)
        if found.upper < HEALTHY:
            cause = phrase.main_cause(parts[name], experiment.load.deadline)
            return answer(f"the target was not healthy before any fault: {name}: {cause}")
    if silent:
        some = pooled([parts[name] for name in silent])
        found = ratio(some.start, some.good, experiment.confidence, bursts=0.0)
        if found.lower < HEALTHY:
            enough = least(HEALTHY, experiment.confidence)
            few = f"; at least {enough} samples are needed" if found.n < enough else ""
            text = f"{found.good} of {found.n} samples were good in {first.name}"
            return answer(f"{text}, which does not show at least {phrase.percent(HEALTHY)}{few}")
    return answer(None)
