"""Verdicts, the findings that they are made of, and how they merge."""

from collections.abc import Iterable
from enum import StrEnum

from chaoskit.core.exposure import Exposure
from chaoskit.core.frozen import frozen


class Verdict(StrEnum):
    """What a check, or a run, came to."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@frozen(kw_only=True)
class Finding:
    """What one atomic check came to, with its evidence.

    ``check`` is stable from run to run (``survive/checkout/fault/p95``); numbers are in the other fields.
    ``is_proof`` marks the always-on checks that ask whether the run can be believed at all.
    """

    check: str
    kind: str
    phase: str
    subject: str  # the endpoint, provider or injection that it is about
    verdict: Verdict
    objective: str  # ">= 99%"
    measured: str  # "99.6%", or "no sample"
    reason: str  # one sentence, for a reader who sees only this
    value: float | None = None
    lower: float | None = None  # of the value, at the stated confidence
    upper: float | None = None
    limit: float | None = None
    samples: int = 0
    effective: float | None = None  # samples, discounted for failures that come in bursts
    needed: int | None = None  # samples that would settle it, where more would
    is_proof: bool = False
    line: int | None = None  # of the experiment file
    exposure: Exposure | None = None  # how far its samples met the faults; None where none was on


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict of a whole: fail outranks inconclusive outranks pass; of nothing, inconclusive."""
    given = set(verdicts)
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS):
        if verdict in given:
            return verdict
    return Verdict.INCONCLUSIVE
