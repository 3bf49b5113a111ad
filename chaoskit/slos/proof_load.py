"""Prove that the load generator did what it was told, so that slowness is the service's own.

A request that was never sent because every user was waiting for an answer is the service's doing, and is
on record as a bad sample. What counts against the generator is a request that is missing altogether, one that
it sent late although users were free, and one that it never sent although they did not wait for the service:
they slept in their own code, or the process stood still.
"""

from chaoskit.core.experiment import Experiment, Phase
from chaoskit.core.verdict import Finding
from chaoskit.slos import arrays as np
from chaoskit.slos import phrase, unsent
from chaoskit.slos.busy import busy
from chaoskit.slos.evidence import Evidence, Floats
from chaoskit.slos.latency import Latency
from chaoskit.slos.proofs import proof
from chaoskit.slos.quantile import order_statistic

DELIVERED = 0.99
ON_TIME = 0.005
OF_LIMIT = 0.05
BUSY = 0.9
"""The share of users in a request from which on a late start is put down to the service."""


def load(evidence: Evidence) -> Finding:
    """Return the one proof about the load, with its worst phase."""
    experiment = evidence.experiment
    parts = [each for each in evidence.samples.values() if len(each)]
    if not parts:
        return _proof("no sample", "the load left no sample")
    allowed = max(ON_TIME, OF_LIMIT * smallest_limit(experiment))
    users = evidence.most_users or sum(experiment.load.users_of(i) for i in range(experiment.load.processes))
    is_busy = busy(parts, BUSY * users)
    worst = 0.0
    for phase in experiment.phases:
        inside = [each.span(phase.start, phase.stop) for each in parts]
        offered = evidence.offered.get(phase.name, 0)
        came = sum(
            int(np.count_nonzero(each.arrival[span])) for each, span in zip(parts, inside, strict=True)
        )
        if came < DELIVERED * offered:
            return _proof(
                f"{came} of {offered} in {phase.name}",
                f"the load generator lost requests: {came} of {offered} due in {phase.name} are on record",
            )
        if not came and not offered:
            return _proof(f"no sample in {phase.name}", f"the load made no request in {phase.name}")
        lost = sum(
            int(np.count_nonzero(each.saturated[span] & ~every_user[span]))
            for each, span, every_user in zip(parts, inside, is_busy, strict=True)
        )
        if lost > (1 - DELIVERED) * max(came, offered):
            return _proof(
                f"{lost} of {max(came, offered)} not sent in {phase.name}", _unsent(evidence, phase)
            )
        late = _lateness(
            [
                each.delay[span][each.arrival[span] & ~every_user[span] & ~each.saturated[span]]
                for each, span, every_user in zip(parts, inside, is_busy, strict=True)
            ]
        )
        worst = max(worst, late)
        if late > allowed:
            return _proof(
                f"p99 of lateness {phrase.seconds(late)}",
                f"the load generator was overloaded: in {phase.name} it sent requests up to "
                f"{phrase.seconds(late)} (p99) late while users were free, allowed {phrase.seconds(allowed)}",
            )
    return _proof(f"all due requests on record, p99 of lateness {phrase.seconds(worst)}", None)


def _unsent(evidence: Evidence, phase: Phase) -> str:
    row = next(each for each in unsent.not_sent(evidence) if each.phase == phase.name)
    if row.thinking is None:
        return (
            f"{row.not_sent} of {row.due} arrivals due in {phase.name} were not sent although users were "
            "free: the load generator stood still; give it a core of its own, or ask for fewer `arrivals`"
        )
    return f"{unsent.text(row)}: {unsent.remedy(row, evidence.experiment)}"


def _proof(measured: str, broken: str | None) -> Finding:
    wanted = f"at least {phrase.percent(DELIVERED)} of what was due, on time"
    return proof("load/delivered", "load", wanted, measured, broken)


def _lateness(delays: list[Floats]) -> float:
    late = np.concatenate(delays)
    return order_statistic(late, 0.99) if len(late) else 0.0


def smallest_limit(experiment: Experiment) -> float:
    """Return the smallest latency that the file asks about, in seconds; without any, the deadline.

    Lateness can change no other answer than whether a request kept to a limit.
    """
    limits = [
        limit.limit
        for slo in experiment.slos
        for _, each in slo.objectives
        if isinstance(each, Latency)
        for _, limit in each.limits
    ]
    return min(limits, default=experiment.load.deadline)
