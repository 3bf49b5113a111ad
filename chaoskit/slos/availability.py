"""``availability: ">= 99%"``: the share of samples that were answered as expected, within the deadline."""

from typing import Annotated

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Comparison, Slo
from chaoskit.core.units import SHARE
from chaoskit.core.verdict import Finding
from chaoskit.slos.check import Share, ratio_forecast, share_finding
from chaoskit.slos.evidence import Evidence
from chaoskit.slos.limits import at_least
from chaoskit.slos.objective import Forecast, JudgedObjective
from chaoskit.slos.phrase import main_cause
from chaoskit.slos.ratio import ratio
from chaoskit.slos.scope import judged, subjects


@frozen
class Availability(JudgedObjective):
    """Ask that at least this share of samples is good; degraded answers are good."""

    limit: Annotated[Comparison, SHARE]

    def __post_init__(self) -> None:
        at_least(self.limit, ">= 99%")

    def judge(self, slo: Slo, evidence: Evidence) -> list[Finding]:
        return [self._one(slo, name, evidence) for name in subjects(slo, evidence)]

    def _one(self, slo: Slo, name: str, evidence: Evidence) -> Finding:
        samples = judged(evidence, name, evidence.experiment.phase(slo.in_))
        found = ratio(
            samples.start, samples.good, evidence.experiment.confidence, bursts=evidence.experiment.bursts
        )
        what = f"of {len(samples)} samples were good"
        cause = main_cause(samples, evidence.experiment.load.deadline)
        share = Share(found=found, what=what, cause=cause, confidence=evidence.experiment.confidence)
        return share_finding(slo, "availability", name, self.limit, share)

    def forecast(self, slo: Slo, experiment: Experiment) -> list[Forecast]:
        return ratio_forecast(slo, experiment, "availability", self.limit.limit)
