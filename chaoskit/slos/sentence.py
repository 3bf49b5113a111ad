"""The one sentence that explains a verdict to somebody who reads nothing else."""

from collections.abc import Sequence

from chaoskit.core.experiment import Experiment
from chaoskit.core.exposure import Exposure
from chaoskit.core.service import ServiceInjection
from chaoskit.core.verdict import Finding, Verdict, merge
from chaoskit.slos import phrase
from chaoskit.slos.scope import overlapping


def sentence(findings: Sequence[Finding], experiment: Experiment) -> str:
    """Return the sentence; it ends without a full stop."""
    match merge(each.verdict for each in findings):
        case Verdict.PASS:
            return _passed(findings, experiment)
        case Verdict.FAIL:
            return _failed([each for each in findings if each.verdict is Verdict.FAIL])
        case Verdict.INCONCLUSIVE:
            return _open([each for each in findings if each.verdict is Verdict.INCONCLUSIVE])


def _passed(findings: Sequence[Finding], experiment: Experiment) -> str:
    first = experiment.phases[0].name
    checks = [each for each in findings if not each.is_proof]
    told = [each for each in checks if each.phase != first] or checks
    main = min(told, key=lambda each: (not _met_it(each), _WEIGHT.get(each.kind, len(_WEIGHT))))
    text = f"{main.subject} {_kept(main)}{_under(main, experiment)}"
    recovery = next((f for f in told if f.kind == "time_to_recover" and f is not main), None)
    if recovery is not None and recovery.value is not None:
        who = "" if recovery.subject == main.subject else f"{recovery.subject} "
        text += f", and {who}recovered {f'in {recovery.measured}' if recovery.value else 'at once'}"
    return f"{text}{_more(len(checks) - 1 - (recovery is not None), 'check passed', 'checks passed')}"


def _met_it(finding: Finding) -> bool:
    """Tell whether the samples of a check are known to have met a fault, or may have."""
    exposure = finding.exposure
    return exposure is None or (bool(exposure.providers) and exposure.is_exposed)


def _under(finding: Finding, experiment: Experiment) -> str:
    """Say what struck meanwhile, and how many of the finding's own samples met it: never of a bystander."""
    phase = experiment.phase(finding.phase)
    there = overlapping(experiment, phase)
    exposure = finding.exposure
    if exposure is not None and not exposure.providers:
        services = [each for each in there if isinstance(each, ServiceInjection)]
        if not services:
            return f", none of its {exposure.under} requests under the fault called what was struck"
        there = tuple(services)
    elif exposure is not None:
        there = tuple(
            each
            for each in there
            if isinstance(each, ServiceInjection) or each.provider in exposure.providers
        )
    struck = " and ".join(dict.fromkeys(f"{each.fault_name} struck {each.subject}" for each in there))
    if not struck:
        return ""
    return f" while {struck}{'' if exposure is None else f' ({_meeting(exposure)})'}"


def _meeting(exposure: Exposure) -> str:
    if not exposure.providers:
        return f"{exposure.under} requests meanwhile"
    if not exposure.is_known:
        return f"{exposure.under} requests meanwhile; it is not known which of them met it"
    text = f"{exposure.about}{exposure.met} of {exposure.under} requests met it"
    return f"{text}, {exposure.instead} turned away from it" if exposure.instead else text


_WEIGHT = {
    kind: weight
    for weight, kind in enumerate(
        ("availability", "degraded", "latency", "throughput", "time_to_degrade", "time_to_recover")
    )
}


def _kept(finding: Finding) -> str:
    wanted = finding.objective.replace(">=", "at least").replace("<=", "at most")
    match finding.kind:
        case "availability":
            return f"kept {finding.measured} availability (asked: {wanted})"
        case "degraded":
            return f"served {finding.measured} of its answers degraded (asked: {wanted})"
        case "latency":
            percentile, _, limit = wanted.partition(" ")
            return f"answered with a {percentile} of {finding.measured} (asked: {limit})"
        case "throughput":
            return f"answered {finding.measured} of all arrivals (asked: {wanted})"
        case "time_to_degrade":
            return f"was back to good answers in {finding.measured} (asked: {wanted})"
        case "time_to_recover":
            return f"recovered in {finding.measured} (asked: {wanted})"
        case "amplification":
            return f"got {finding.measured} as many calls (asked: {wanted})"
        case _:
            return f"kept to {finding.check} ({finding.measured}, asked: {wanted})"


def _failed(failed: Sequence[Finding]) -> str:
    worst = min(failed, key=lambda each: (each.is_proof, _WEIGHT.get(each.kind, len(_WEIGHT))))
    where = f" in {worst.phase}" if worst.phase else ""
    what = "" if worst.kind in ("latency", "unchanged") else f"{worst.kind.replace('_', ' ')}: "
    text = f"{worst.subject} failed{where}: {what}{worst.reason}"
    return f"{text}{_more(len(failed) - 1, 'check failed', 'checks failed')}"


def _open(left: Sequence[Finding]) -> str:
    proofs = [each for each in left if each.is_proof]
    if proofs:
        more = _more(len(proofs) - 1, "proof is missing", "proofs are missing")
        return f"no verdict: {proofs[0].reason}{more}"
    if not left:
        return "no verdict: nothing was asked"
    worst = left[0]
    text = f"no verdict: {worst.check}: {worst.reason}"
    return f"{text}{_more(len(left) - 1, 'check is open', 'checks are open')}"


def _more(count: int, one: str, many: str) -> str:
    if count <= 0:
        return ""
    return f"; {phrase.plural(count, 'more ' + one)}" if count == 1 else f"; {count} more {many}"
