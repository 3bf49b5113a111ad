"""The one sentence that explains a verdict to somebody who reads nothing else."""

from collections.abc import Sequence

from chaoskit.core.experiment import Experiment
from chaoskit.core.verdict import Finding, Verdict, merge
from chaoskit.slos import phrase


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
    main = min(told, key=lambda each: _WEIGHT.get(each.kind, len(_WEIGHT)))
    text = f"{main.subject} {_kept(main)}"
    told_of = (f"{each.fault_name} struck {each.subject}" for each in experiment.every_injection)
    struck = " and ".join(dict.fromkeys(told_of))
    if struck:
        text += f" while {struck}"
    recovery = next((f for f in told if f.kind == "time_to_recover" and f is not main), None)
    if recovery is not None and recovery.value is not None:
        who = "" if recovery.subject == main.subject else f"{recovery.subject} "
        text += f", and {who}recovered {f'in {recovery.measured}' if recovery.value else 'at once'}"
    return f"{text}{_more(len(checks) - 1 - (recovery is not None), 'check passed', 'checks passed')}"


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
