"""The interface of a kind of objective: a frozen dataclass that judges evidence."""

from typing import ClassVar

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Objective, Slo
from chaoskit.core.verdict import Finding
from chaoskit.slos.evidence import Evidence


@frozen(kw_only=True)
class Forecast:
    """Say before the run whether one atomic check will have enough samples."""

    check: str
    expected: int  # samples that the load will bring
    needed: int  # samples without which it cannot pass, with no failure at all
    lasts: float = 0.0  # seconds that the phase lasts
    must_last: float = 0.0  # seconds without which it cannot pass, as its failures may come in bursts
    advice: str = ""  # one thing to change where it cannot pass

    @property
    def is_enough(self) -> bool:
        """Whether the check can pass, if nothing fails."""
        return self.expected >= self.needed and self.lasts >= self.must_last - 1e-9


class JudgedObjective(Objective):
    """Base of the objectives. The file's name is the YAML key; the fields are what stands behind it."""

    about: ClassVar[str] = "endpoints"
    """``endpoints``, or ``provider`` where the SLO must name one."""

    def judge(self, slo: Slo, evidence: Evidence) -> list[Finding]:
        """Return one finding for each atomic check. No sample is never a pass."""
        raise NotImplementedError

    def forecast(self, slo: Slo, experiment: Experiment) -> list[Forecast]:
        """Return what can be said before the run, for each atomic check."""
        raise NotImplementedError
