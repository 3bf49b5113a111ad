"""``throughput: ">= 95%"``: the share of the offered arrivals that were answered good."""

from typing import Annotated

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Comparison, Slo
from chaoskit.core.units import SHARE
from chaoskit.core.verdict import Finding
from chaoskit.slos import phrase
from chaoskit.slos.check import Check, Share, check_id, ratio_forecast, share_finding, share_forecast
from chaoskit.slos.evidence import Evidence
from chaoskit.slos.limits import at_least
from chaoskit.slos.objective import Forecast, JudgedObjective
from chaoskit.slos.phrase import main_cause
from chaoskit.slos.ratio import ratio
from chaoskit.slos.scope import pooled, subjects


@frozen
class Throughput(JudgedObjective):
    """Ask that at least this share of what the load offered came back good."""

    limit: Annotated[Comparison, SHARE]

    def __post_init__(self) -> None:
        at_least(self.limit, ">= 95%")

    def judge(self, slo: Slo, evidence: Evidence) -> list[Finding]:
        names = subjects(slo, evidence)
        groups = {name: (name,) for name in names} if slo.of else {"all": names}
        return [self._one(slo, subject, group, evidence) for subject, group in groups.items()]

    def _one(self, slo: Slo, subject: str, names: tuple[str, ...], evidence: Evidence) -> Finding:
        if not evidence.offered:
            wanted = phrase.objective(self.limit, phrase.percent)
            check = Check(slo=slo, kind="throughput", metric="throughput", subject=subject, objective=wanted)
            return check.unsettled(
                "users who wait for answers offer no arrivals to compare with; use arrivals"
            )
        phase = evidence.experiment.phase(slo.in_)
        found = pooled([evidence.of(name, phase) for name in names])
        samples = found if found.arrival.all() else found.where(found.arrival)
        # each arrival is a sample, sent or not; only of all endpoints is it known how many there should be
        offered = len(samples) if slo.of else max(len(samples), evidence.offered.get(phase.name, 0))
        missing = offered - len(samples)
        served = ratio(
            samples.start, samples.good, evidence.experiment.confidence, missing, evidence.experiment.bursts
        )
        what = f"of {offered} offered arrivals were answered good"
        cause = main_cause(samples, evidence.experiment.load.deadline)
        share = Share(found=served, what=what, cause=cause, confidence=evidence.experiment.confidence)
        return share_finding(slo, "throughput", subject, self.limit, share)

    def forecast(self, slo: Slo, experiment: Experiment) -> list[Forecast]:
        if slo.of or experiment.load.arrivals is None:
            return ratio_forecast(slo, experiment, "throughput", self.limit.limit)
        expected = int(experiment.load.arrivals * experiment.phase(slo.in_).length)
        check = check_id(slo, "all", "throughput")
        return [share_forecast(check, expected, self.limit.limit, slo.in_, experiment)]
