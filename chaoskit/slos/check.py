"""What all checks share: their ids, and the finding that a share of samples comes to."""

import math
from dataclasses import replace

from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Comparison, Slo
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.slos import phrase
from chaoskit.slos.objective import Forecast
from chaoskit.slos.ratio import Ratio
from chaoskit.slos.scope import chosen
from chaoskit.slos.stats import least


@frozen(kw_only=True)
class Check:
    """One atomic check: what an SLO asks of one subject. ``metric`` is the last part of its id."""

    slo: Slo
    kind: str
    metric: str
    subject: str
    objective: str

    @property
    def id(self) -> str:
        """Return the id, which is the same in every run of the same file."""
        return check_id(self.slo, self.subject, self.metric)

    def unsettled(self, reason: str, measured: str = "no sample") -> Finding:
        """Return the finding that every check begins with: inconclusive, until something shows otherwise."""
        return Finding(
            check=self.id,
            kind=self.kind,
            phase=self.slo.in_,
            subject=self.subject,
            verdict=Verdict.INCONCLUSIVE,
            objective=self.objective,
            measured=measured,
            reason=reason,
            line=self.slo.line,
        )

    def no_sample(self) -> Finding:
        """Return the finding of a check whose phase has no sample to go by."""
        return self.unsettled(f"no sample of {self.subject} in {self.slo.in_}")


def check_id(slo: Slo, subject: str, metric: str) -> str:
    """Return the id of an atomic check: the same in every run of the same file."""
    return f"{slo.id}/{subject}/{slo.in_}/{metric}"


@frozen(kw_only=True)
class Share:
    """A share of samples, and how to talk about it: ``what`` says what the counted samples were."""

    found: Ratio
    what: str
    cause: str
    confidence: float


def share_finding(slo: Slo, kind: str, subject: str, limit: Comparison, share: Share) -> Finding:
    """Return what a share of samples comes to."""
    wanted = phrase.objective(limit, phrase.percent)
    check = Check(slo=slo, kind=kind, metric=kind, subject=subject, objective=wanted)
    found = share.found
    if not found.n:
        return check.no_sample()
    verdict = found.against(limit)
    needed = found.needed(limit, share.confidence) if verdict is Verdict.INCONCLUSIVE else None
    shown = found.as_seen if verdict is Verdict.FAIL else found
    return replace(
        check.unsettled(_reason(verdict, limit, share, needed), phrase.share(found.value)),
        verdict=verdict,
        value=found.value,
        lower=shown.lower,
        upper=shown.upper,
        limit=limit.limit,
        samples=found.n,
        effective=shown.effective,
        needed=needed,
    )


def _reason(verdict: Verdict, limit: Comparison, share: Share, needed: int | None) -> str:
    found = share.found
    text = f"{phrase.share(found.value)} {share.what}, asked {phrase.asked(limit, phrase.percent)}"
    match verdict:
        case Verdict.PASS:
            bound = found.lower if limit.op == ">=" else found.upper
            side = "at least" if limit.op == ">=" else "at most"
            sure = phrase.percent(share.confidence)
            held = f"with {sure} confidence it is {side} {phrase.share(bound)}"
            return f"{text}; {held}{_if_bursts(found)}"
        case Verdict.FAIL:
            return f"{text}; {share.cause}" if share.cause else text
        case Verdict.INCONCLUSIVE:
            return f"{text}; {too_few(found, needed)}"


def too_few(found: Ratio, needed: int | None) -> str:
    """Say what is missing to settle a share of samples."""
    have = phrase.plural(found.n, "sample")
    if found.deff >= 2.0:
        have += f" (worth {found.effective:.0f}, as failures {_why_bursts(found)})"
    if needed is None:
        return f"{have} cannot tell on which side of the limit it lies"
    text = f"{have} cannot settle it, about {needed} would"
    # more of them in the same time would be worth no more
    if found.deff >= 2.0 and found.seconds:
        text += f", so make the phase {phrase.seconds(found.seconds * needed / found.n)} long"
    return text


def _if_bursts(found: Ratio) -> str:
    return f", if failures last at most {phrase.seconds(found.bursts)} at a time" if found.bursts else ""


def _why_bursts(found: Ratio) -> str:
    capped = found.seconds and found.n * found.bursts / found.seconds >= found.deff * 0.999
    return f"can last {phrase.seconds(found.bursts)} at a time" if capped else "came in bursts"


def expected_rate(experiment: Experiment, endpoint: str) -> float | None:
    """Return an endpoint's arrivals a second; None where the file cannot know (users, locustfile)."""
    weights = {each.name: each.weight for each in experiment.load.endpoints}
    if experiment.load.arrivals is None or experiment.load.locustfile or endpoint not in weights:
        return None
    return experiment.load.arrivals * weights[endpoint] / (sum(weights.values()) or 1.0)


def expected_samples(experiment: Experiment, endpoint: str, phase: str) -> int | None:
    """Return how many samples of an endpoint the load will bring in a phase; None where unknown."""
    rate = expected_rate(experiment, endpoint)
    return None if rate is None else int(rate * experiment.phase(phase).length)


def ratio_forecast(slo: Slo, experiment: Experiment, metric: str, limit: float) -> list[Forecast]:
    """Return whether each endpoint will have the samples that show a share of ``limit`` (0.5 to 1)."""
    names = tuple(each.name for each in experiment.load.endpoints)
    found: list[Forecast] = []
    for name in chosen(slo, names):
        expected = expected_samples(experiment, name, slo.in_)
        if expected is not None:
            found.append(share_forecast(check_id(slo, name, metric), expected, limit, slo.in_, experiment))
    return found


def share_forecast(check: str, expected: int, limit: float, phase: str, experiment: Experiment) -> Forecast:
    """Return whether so many samples can show a share, and whether the phase holds as many bursts.

    One burst more than that: samples that are still open when a fault begins are left out at the end.
    """
    wanted = least(limit, experiment.confidence)
    lasts, must_last = experiment.phase(phase).length, (wanted + 1) * experiment.bursts
    found = replace(forecast_of(check, expected, wanted, phase), lasts=lasts, must_last=must_last)
    if lasts >= must_last - 1e-9 or not experiment.bursts:
        return found
    # of a phase that is also too short for its rate, the longer of the two lengths
    length = max(must_last, lasts * wanted / expected if expected else 0.0)
    at_a_time = phrase.seconds(experiment.bursts)
    return replace(
        found,
        advice=f"make {phase} {math.ceil(length * 10) / 10:g}s long, ask for less, or say that failures last "
        f"less than {at_a_time} at a time (`bursts`); it cannot pass as it is",
    )


def forecast_of(check: str, expected: int, wanted: int, phase: str) -> Forecast:
    """Return a forecast, with advice where the samples will not do even if none of them is bad."""
    if expected >= wanted:
        return Forecast(check=check, expected=expected, needed=wanted)
    times = f"{wanted / expected:.2g} times as long" if expected else "longer"
    return Forecast(
        check=check,
        expected=expected,
        needed=wanted,
        advice=f"make {phase} {times}, raise the arrivals, or ask for less; it cannot pass as it is",
    )
