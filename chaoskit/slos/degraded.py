"""``degraded: ">= 95%"``: the share of samples that were served a degraded answer (a fallback)."""

from typing import Annotated

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Comparison, Slo
from chaoskit.core.units import SHARE
from chaoskit.core.verdict import Finding
from chaoskit.slos.check import Share, ratio_forecast, share_finding
from chaoskit.slos.evidence import Evidence
from chaoskit.slos.limits import a_share
from chaoskit.slos.objective import Forecast, JudgedObjective
from chaoskit.slos.phrase import main_cause
from chaoskit.slos.ratio import ratio
from chaoskit.slos.scope import judged, subjects


@frozen
class Degraded(JudgedObjective):
    """Ask that at least (``>=``) or at most (``<=``) this share of samples is degraded.

    With ``<=`` a failed sample counts like a degraded one: it was not served in full either.
    """

    limit: Annotated[Comparison, SHARE]

    def __post_init__(self) -> None:
        a_share(self.limit)

    def judge(self, slo: Slo, evidence: Evidence) -> list[Finding]:
        return [self._one(slo, name, evidence) for name in subjects(slo, evidence)]

    def _one(self, slo: Slo, name: str, evidence: Evidence) -> Finding:
        samples = judged(evidence, name, evidence.experiment.phase(slo.in_))
        served = samples.good & samples.degraded
        if self.limit.op == ">=":
            counted, what = served, f"of {len(samples)} samples were served degraded"
        else:
            counted = served | ~samples.good
            what = f"of {len(samples)} samples were degraded or failed"
        found = ratio(
            samples.start, counted, evidence.experiment.confidence, bursts=evidence.experiment.bursts
        )
        cause = main_cause(samples, evidence.experiment.load.deadline)
        share = Share(found=found, what=what, cause=cause, confidence=evidence.experiment.confidence)
        return share_finding(slo, "degraded", name, self.limit, share)

    def forecast(self, slo: Slo, experiment: Experiment) -> list[Forecast]:
        limit = self.limit.limit
        return ratio_forecast(slo, experiment, "degraded", limit if self.limit.op == ">=" else 1 - limit)
