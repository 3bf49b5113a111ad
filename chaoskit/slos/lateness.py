"""What a late worker of the proxy does to a verdict.

A worker that is stopped, or starved of its processor, is silent like a provider that fails. What a target
does then says nothing of the fault, and nothing of its recovery. Machines that are shared are late now and
then, and not every lateness may spoil a run. Two rules:

- A worker that was late for half a second at a time, or for a quarter of a phase, may have tripped any
  timeout or breaker of the target. Every check about that phase is inconclusive.
- Else each check is judged once more without the requests that were under way while a worker was late by more
  than 0.1 s, except where that was less than a tenth of what they took. What comes to another verdict rests
  on them, and is inconclusive.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from chaoskit.core.experiment import Experiment, Phase
from chaoskit.core.late import Late
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.slos import phrase
from chaoskit.slos.evidence import Evidence
from chaoskit.slos.proofs import proof

AT_A_TIME = 0.5
"""Seconds. Shorter timeouts than this are rare; one that a stall has tripped changes what follows."""
OF_PHASE = 0.25
"""Share of a phase.

In eight runs on two cores with a load average of 11 to 15 the worst lateness was 35 to 151 ms; half of them
were later than 100 ms at some time."""
REMEDY = "run again on a machine with less to do"


def late(evidence: Evidence) -> list[Finding]:
    """Return a broken proof for each phase in which a worker was late for too long; none where none was."""
    found: list[Finding] = []
    for phase in evidence.experiment.phases:
        broken = _broken(evidence.late, phase)
        if broken is not None:
            wanted = f"<= {phrase.seconds(AT_A_TIME)} at a time, <= {phrase.percent(OF_PHASE)} of the phase"
            worst, total, reason = broken
            measured = f"{phrase.seconds(worst)} at a time, {phrase.seconds(total)} in all"
            check = proof(f"late/{phase.name}", "proxy", wanted, measured, reason)
            found.append(replace(check, phase=phase.name))
    return found


def _broken(stretches: tuple[Late, ...], phase: Phase) -> tuple[float, float, str] | None:
    for worker in sorted({each.worker for each in stretches}):
        inside = [
            each for each in stretches if each.worker == worker and each.within(phase.start, phase.stop) > 0
        ]
        total = sum(each.within(phase.start, phase.stop) for each in inside)
        longest = max(inside, key=lambda each: each.length, default=None)
        if longest is None or (longest.length < AT_A_TIME and total < OF_PHASE * phase.length):
            continue
        reason = (
            f"{worker} was stopped, or had no processor, for {phrase.seconds(longest.length)} from "
            f"{longest.start:.1f}s on, and for {phrase.seconds(total)} of {phase.name} in all: {REMEDY}"
        )
        return longest.length, total, reason
    return None


def concerns(finding: Finding, phase: Phase, experiment: Experiment) -> bool:
    """Tell whether a check rests on what was measured in ``phase``."""
    match finding.kind:
        case "time_to_recover":  # it looks from the phase of its fault to the run's end
            return experiment.phase(finding.phase).start <= phase.start
        case "unchanged" | "amplification":
            return phase.name in (finding.phase, experiment.phases[0].name)
        case _:
            return finding.phase in ("", phase.name)


def in_time(
    found: list[Finding], evidence: Evidence, judge: Callable[[Evidence], list[Finding]]
) -> Iterator[Finding]:
    """Yield what was found, inconclusive where it rests on what was under way while a worker was late."""
    length = evidence.experiment.length
    if not any(each.within(0.0, length) for each in evidence.late):
        yield from found
        return
    again = {each.check: each for each in judge(evidence.without_late())}
    for finding in found:
        other = again.get(finding.check)
        if finding.verdict is Verdict.INCONCLUSIVE or (other and other.verdict is finding.verdict):
            yield finding
        else:
            yield _unsettled(finding, evidence)


def _unsettled(finding: Finding, evidence: Evidence) -> Finding:
    longest = max(evidence.late, key=lambda each: each.length)
    reason = (
        f"it rests on requests that were under way while the proxy was late ({longest.worker} for "
        f"{phrase.seconds(longest.length)} at {longest.start:.1f}s); it was {finding.verdict} with them "
        f"({finding.reason}): {REMEDY}"
    )
    return replace(finding, verdict=Verdict.INCONCLUSIVE, reason=reason)
