"""All findings about a run, and its verdict. A check without proof is inconclusive; so is one that breaks."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from chaoskit.core.experiment import Experiment, Phase
from chaoskit.core.exposure import meeting_problem, overlap_problem
from chaoskit.core.objective import Objective, Slo
from chaoskit.core.verdict import Finding, Verdict, merge
from chaoskit.slos import lateness, proofs, unsent
from chaoskit.slos.evidence import Evidence
from chaoskit.slos.exposures import Exposures
from chaoskit.slos.lost_client import excuse
from chaoskit.slos.objective import Forecast, JudgedObjective
from chaoskit.slos.proof_asked import UNDER_THE_FAULT, asked_about
from chaoskit.slos.proof_capture import AT_END, AT_START, capture
from chaoskit.slos.proof_hits import hits
from chaoskit.slos.proof_load import load
from chaoskit.slos.proof_services import services
from chaoskit.slos.scope import overlapping
from chaoskit.slos.sentence import sentence

__all__ = ["forecast", "judge", "sentence", "verdict"]


def judge(evidence: Evidence) -> tuple[Finding, ...]:
    """Return the findings of all SLOs in file order, then the proofs that they rest on."""
    exposures = Exposures(evidence)
    checks = [_exposed(finding, exposures) for finding in lateness.in_time(_sent(evidence), evidence, _sent)]
    proven = [
        *_prove("record/complete", lambda: [proofs.record(evidence)]),
        *_prove("load/delivered", lambda: [load(evidence)]),
        *_prove("baseline/healthy", lambda: [proofs.baseline(evidence, checks)]),
        *_prove("late", lambda: lateness.late(evidence)),
        *_prove("hits", lambda: list(lateness.in_time(hits(evidence), evidence, hits))),
        *_prove("hits", lambda: services(evidence)),
        *_prove("capture", lambda: capture(exposures.links)),
        *_prove("asked", lambda: asked_about(exposures, checks)),
        *proofs.asked(evidence),
    ]
    broken = [each for each in proven if each.verdict is not Verdict.PASS]
    rested = (_rested(each, broken, evidence.experiment) for each in checks)
    return (*(_excused(each, evidence) for each in rested), *proven)


def _sent(evidence: Evidence) -> list[Finding]:
    return unsent.judged(evidence, _checks)


def _checks(evidence: Evidence) -> list[Finding]:
    return [
        finding
        for slo in evidence.experiment.slos
        for name, objective in slo.objectives
        for finding in _ask(slo, name, objective, evidence)
    ]


def verdict(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict of a run: fail outranks inconclusive outranks pass."""
    return merge(each.verdict for each in findings)


def forecast(experiment: Experiment) -> tuple[Forecast, ...]:
    """Say before a run, for each check, whether the load will bring the samples that it needs."""
    return tuple(
        each
        for slo in experiment.slos
        for _, objective in slo.objectives
        if isinstance(objective, JudgedObjective)
        for each in objective.forecast(slo, experiment)
    )


def _ask(slo: Slo, name: str, objective: Objective, evidence: Evidence) -> list[Finding]:
    try:
        assert isinstance(objective, JudgedObjective), f"{name} cannot be judged"
        found = objective.judge(slo, evidence)
    except Exception as error:  # noqa: BLE001 - it becomes a finding that is never a pass
        reason = f"the check itself failed: {type(error).__name__}: {error}"
        return [_empty(slo, name, reason)]
    return found or [_empty(slo, name, "there is no endpoint that it could be about")]


def _exposed(finding: Finding, exposures: Exposures) -> Finding:
    """Return a finding with how far its samples met the faults; without enough of that it is no pass."""
    experiment = exposures.evidence.experiment
    phase = experiment.phase(finding.phase)
    is_about_faults = finding.kind in UNDER_THE_FAULT and phase != experiment.phases[0]
    if not is_about_faults or finding.subject not in exposures.evidence.endpoints:
        return finding
    try:
        exposure = exposures.of(finding.subject, phase)
    except Exception as error:  # noqa: BLE001 - it becomes a finding that is never a pass
        reason = f"its exposure could not be counted: {type(error).__name__}: {error}"
        return replace(finding, verdict=Verdict.INCONCLUSIVE, reason=reason)
    if exposure is None:
        return finding
    finding = replace(finding, exposure=exposure)
    may_dilute = any(
        slo.may_dilute for slo in experiment.slos if finding.check.startswith(f"{slo.id}/{finding.subject}/")
    )
    problem = overlap_problem(exposure, may_dilute=may_dilute)
    problem = problem or meeting_problem(exposure, finding.subject)
    if problem is None or finding.verdict is not Verdict.PASS:
        return finding
    return replace(finding, verdict=Verdict.INCONCLUSIVE, reason=f"{problem} (as it is: {finding.reason})")


def _empty(slo: Slo, name: str, reason: str) -> Finding:
    return Finding(
        check=f"{slo.id}/{name}",
        kind=name,
        phase=slo.in_,
        subject=slo.provider or ", ".join(slo.of) or "all",
        verdict=Verdict.INCONCLUSIVE,
        objective="",
        measured="unknown",
        reason=reason,
        line=slo.line,
    )


def _prove(check: str, ask: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - it becomes a finding that is never a pass
        reason = f"the proof itself failed: {type(error).__name__}: {error}"
        return [proofs.proof(check, "run", "", "unknown", reason)]


def _rested(finding: Finding, broken: list[Finding], experiment: Experiment) -> Finding:
    """Return a finding as it stands once the proofs are in: without them, it says nothing about the fault."""
    if finding.verdict is Verdict.INCONCLUSIVE:
        return finding
    for each in broken:
        if not _rests_on(finding, each, experiment):
            continue
        was = "kept to" if finding.verdict is Verdict.PASS else "not kept to"
        reason = f"it rests on {each.check}, which is not proven (the objective was {was}: {finding.reason})"
        return replace(finding, verdict=Verdict.INCONCLUSIVE, reason=reason)
    first = experiment.phases[0].name
    if finding.phase == first and finding.verdict is Verdict.FAIL:
        reason = f"the target was not healthy before any fault: {finding.reason}"
        return replace(finding, verdict=Verdict.INCONCLUSIVE, reason=reason)
    return finding


def _excused(finding: Finding, evidence: Evidence) -> Finding:
    """Return a failure after the faults as it stands where a client that our capture damaged explains it."""
    if finding.verdict is not Verdict.FAIL or finding.subject not in evidence.samples:
        return finding
    phase = evidence.experiment.phase(finding.phase)
    why = excuse(evidence, finding.subject, phase.start, phase.stop)
    if why is None:
        return finding
    return replace(finding, verdict=Verdict.INCONCLUSIVE, reason=f"{finding.reason}; {why}")


def _rests_on(finding: Finding, broken: Finding, experiment: Experiment) -> bool:
    if broken.kind == "baseline":
        return finding.phase != experiment.phases[0].name
    if broken.kind == "asked":
        return False
    if broken.kind == AT_END:
        return finding.verdict is Verdict.PASS and _is_about(finding, broken)
    if broken.kind == AT_START:
        return _is_about(finding, broken)
    if broken.kind == "late" and broken.phase:
        return lateness.concerns(finding, experiment.phase(broken.phase), experiment)
    if broken.kind != "hits":
        return True
    for injection in experiment.every_injection:
        if f"hits/{injection.id}" != broken.check:
            continue
        phase = experiment.phase(finding.phase)
        is_during = injection.overlaps(phase.start, phase.stop)
        return (
            is_during
            or _is_aftermath(phase, injection.start, experiment)
            or finding.subject == injection.subject
        )
    return True  # the proof itself broke, and nothing is known about any injection


def _is_about(finding: Finding, broken: Finding) -> bool:
    """Tell whether a finding is about the endpoint, or the provider, of a capture that is not proven."""
    _, _, pair = broken.check.partition("/")
    return not pair or finding.subject == broken.subject or pair.endswith(f"/{finding.subject}")


def _is_aftermath(phase: Phase, start: float, experiment: Experiment) -> bool:
    """Tell whether a phase without any injection comes after ``start``: it shows how that one ended."""
    return phase.start > start and not overlapping(experiment, phase)
