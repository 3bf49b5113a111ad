"""``time_to_degrade: "<= 5s"``: how long it takes from the fault's start until answers are good again."""

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
from chaoskit.slos.goals import degraded_goal
from chaoskit.slos.limits import at_most
from chaoskit.slos.objective import Forecast, JudgedObjective
from chaoskit.slos.scope import overlapping, subjects


@frozen
class TimeToDegrade(JudgedObjective):
    """Ask that good (mostly degraded) answers are back this soon, while the fault is still on."""

    limit: Annotated[Comparison, DURATION]

    def __post_init__(self) -> None:
        at_most(self.limit, "<= 5s")

    def judge(self, slo: Slo, evidence: Evidence) -> list[Finding]:
        return [self._one(slo, name, evidence) for name in subjects(slo, evidence)]

    def _one(self, slo: Slo, name: str, evidence: Evidence) -> Finding:
        wanted = phrase.objective(self.limit, phrase.seconds)
        kind = "time_to_degrade"
        check = Check(slo=slo, kind=kind, metric=kind, subject=name, objective=wanted)
        span = fault_span(slo, evidence.experiment)
        if span is None:
            return check.unsettled(f"no injection is on in {slo.in_}, so that nothing could be waited for")
        return comeback(check, self.limit, [degraded_goal(evidence, name, slo.in_)], span, evidence)

    def forecast(self, slo: Slo, experiment: Experiment) -> list[Forecast]:
        span = fault_span(slo, experiment)
        return comeback_forecast(slo, experiment, "time_to_degrade", span, self.limit.limit)


def fault_span(slo: Slo, experiment: Experiment) -> Span | None:
    """Return the time from the first injection's start in the phase to the last one's end in it.

    Where an injection has gaps, the first stretch without one is meant: in a gap everything is well, and that
    would pass for a service that has adapted.
    """
    phase = experiment.phase(slo.in_)
    on = overlapping(experiment, phase)
    if not on:
        return None
    windows = sorted(each for injection in on for each in injection.windows if each[1] > phase.start)
    start, stop = windows[0]
    has_gaps = any(len(each.windows) > 1 for each in on)
    for low, high in windows[1:]:
        if has_gaps and low > stop:
            break
        if low < phase.stop:
            stop = max(stop, high)
    return Span(max(phase.start, start), min(phase.stop, stop), slo.stable_for)
