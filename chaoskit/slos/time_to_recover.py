"""``time_to_recover: "<= 5s"``: how long after the fault's end the service is as good as before it."""

from typing import Annotated

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Comparison, Slo
from chaoskit.core.units import DURATION
from chaoskit.core.verdict import Finding
from chaoskit.slos import phrase
from chaoskit.slos.change_point import Span
from chaoskit.slos.check import Check
from chaoskit.slos.comeback import comeback, comeback_forecast
from chaoskit.slos.evidence import Evidence
from chaoskit.slos.goals import recovered_goals
from chaoskit.slos.limits import at_most
from chaoskit.slos.objective import Forecast, JudgedObjective
from chaoskit.slos.scope import beginnings, overlapping, subjects


@frozen
class TimeToRecover(JudgedObjective):
    """Ask that the service is back to what the first phase was held to, this soon after the fault's end."""

    limit: Annotated[Comparison, DURATION]

    def __post_init__(self) -> None:
        at_most(self.limit, "<= 5s")

    def judge(self, slo: Slo, evidence: Evidence) -> list[Finding]:
        return [self._one(slo, name, evidence) for name in subjects(slo, evidence)]

    def _one(self, slo: Slo, name: str, evidence: Evidence) -> Finding:
        wanted = phrase.objective(self.limit, phrase.seconds)
        kind = "time_to_recover"
        check = Check(slo=slo, kind=kind, metric=kind, subject=name, objective=wanted)
        span = recovery_span(slo, evidence.experiment)
        if span is None:
            return check.unsettled(
                f"no injection is on in {slo.in_} or before, so there is nothing to recover from"
            )
        if span.stop <= span.start:
            return check.unsettled("the run ends with the last injection, which leaves no time to recover in")
        return comeback(check, self.limit, recovered_goals(evidence, name), span, evidence)

    def forecast(self, slo: Slo, experiment: Experiment) -> list[Forecast]:
        span = recovery_span(slo, experiment)
        return comeback_forecast(slo, experiment, "time_to_recover", span, self.limit.limit)


def recovery_span(slo: Slo, experiment: Experiment) -> Span | None:
    """Return the time from the end of the phase's last injection to the next injection or the run's end.

    A phase without any injection asks about those that began before it. One that pauses is not over: nobody
    has recovered while it is to come back.
    """
    phase = experiment.phase(slo.in_)
    before = [each for each in experiment.every_injection if each.start <= phase.start]
    over = overlapping(experiment, phase) or before
    if not over:
        return None
    start = max(each.stop for each in over)
    following = [each for each in beginnings(experiment) if each >= start]
    return Span(start, min([experiment.length, *following]), slo.stable_for)
