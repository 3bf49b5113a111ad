"""Arrivals that were due and not sent: whoever would have asked got nothing.

With endpoints, each of them is a bad sample of its endpoint. With a locustfile only its code knows what would
have been asked, so they are kept under the name ``(not sent)``, and a check passes only if it would pass with
all of them counted against its endpoint. Otherwise it is inconclusive: a user's code that sleeps, or waits
for something else than the service, must not make a silent fault look harmless.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from chaoskit.core.experiment import Experiment, Phase
from chaoskit.core.result import NotSent
from chaoskit.core.samples import NOT_SENT
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.slos import arrays as np
from chaoskit.slos import phrase
from chaoskit.slos.evidence import Evidence, Samples, nothing
from chaoskit.slos.scope import pooled

Ask = Callable[[Evidence], list[Finding]]
"""Judges all checks of a run's evidence."""


def not_sent(evidence: Evidence) -> tuple[NotSent, ...]:
    """Return a row for each phase in which an arrival was due and not sent."""
    rows = (_row(evidence, phase) for phase in evidence.experiment.phases)
    return tuple(each for each in rows if each.not_sent)


def _row(evidence: Evidence, phase: Phase) -> NotSent:
    due, lost = 0, 0
    by_name: list[tuple[str, int]] = []
    for name in sorted(evidence.samples):
        found = evidence.of(name, phase)
        count = int(np.count_nonzero(found.saturated))
        due += int(np.count_nonzero(found.arrival))
        lost += count
        if count:
            by_name.append((name, count))
    thinking, waiting = shares(evidence, phase)
    return NotSent(
        phase=phase.name,
        due=max(due, evidence.offered.get(phase.name, 0)),
        not_sent=lost,
        endpoints=tuple(by_name),
        thinking=thinking,
        waiting=waiting,
    )


def shares(evidence: Evidence, phase: Phase) -> tuple[float | None, float | None]:
    """Return which shares of a locustfile's users' time went into thinking, and into waiting for answers."""
    inside = [each for each in evidence.occupied if phase.start < each.t <= phase.stop]
    every = sum(each.thinking + each.waiting + each.idle for each in inside)
    if not every:
        return None, None
    return sum(each.thinking for each in inside) / every, sum(each.waiting for each in inside) / every


def left_out(evidence: Evidence) -> tuple[str, ...]:
    """Return a note about each name that the file leaves out, with what became of its samples."""
    found: list[str] = []
    for name in sorted(evidence.samples):
        if evidence.experiment.load.leaves_out(name):
            samples = evidence.samples[name]
            bad = int(np.count_nonzero(~samples.good))
            found.append(
                f"left out of judgement, as the file says: {name} ({phrase.plural(len(samples), 'sample')}, "
                f"{bad} of them not good)"
            )
    return tuple(found)


def why(row: NotSent) -> str:
    """Say what the users were doing instead of sending."""
    if row.thinking is None or row.waiting is None:
        return "every user was busy until the arrival's deadline had passed"
    slept, waited = phrase.percent(round(row.thinking, 2)), phrase.percent(round(row.waiting, 2))
    return f"users were busy: {slept} of their time they slept in the task, {waited} they waited for answers"


def remedy(row: NotSent, experiment: Experiment) -> str:
    """Say the one thing to do about it."""
    if experiment.load.locustfile is None or (row.thinking or 0.0) <= (row.waiting or 0.0):
        return "ask for fewer `arrivals`, or give the load more `processes`"
    return (
        "ask for fewer `arrivals`, let the tasks sleep less, or give the load more `processes` for more users"
    )


def text(row: NotSent) -> str:
    """Return the count of one phase, and what the users were doing."""
    return f"{row.not_sent} of {row.due} arrivals due in {row.phase} were not sent; {why(row)}"


def judged(evidence: Evidence, ask: Ask) -> list[Finding]:
    """Return the findings; a pass holds wherever the arrivals that were not sent would have gone."""
    found = ask(evidence)
    if NOT_SENT not in evidence.samples:
        return found
    rows = {each.phase: each for each in not_sent(evidence)}
    worst = {each.check: each for each in ask(_against_all(evidence))}
    return [_held(each, worst, rows, evidence.experiment) for each in found]


def _held(
    finding: Finding, worst: Mapping[str, Finding], rows: Mapping[str, NotSent], experiment: Experiment
) -> Finding:
    other = worst.get(finding.check)
    is_counted = finding.kind == "throughput" and finding.subject == "all"  # it knows how many were due
    if finding.verdict is not Verdict.PASS or is_counted or not rows:
        return finding
    if other is not None and other.verdict is Verdict.PASS:
        return finding
    row = rows.get(finding.phase) or next(iter(rows.values()))
    reason = (
        f"{text(row)}; had they asked for {finding.subject} it would not be kept to "
        f"({finding.reason}): {remedy(row, experiment)}"
    )
    return replace(finding, verdict=Verdict.INCONCLUSIVE, reason=reason)


def _against_all(evidence: Evidence) -> Evidence:
    lost = evidence.samples.get(NOT_SENT, nothing())
    added: dict[str, Samples] = {}
    for name, samples in evidence.samples.items():
        both = pooled([samples, lost])
        added[name] = both.where(np.argsort(both.start, kind="stable"))
    return replace(evidence, samples=added | {NOT_SENT: lost})
