"""Prove that somebody looked: a fault about which no objective asks has shown nothing."""

from collections.abc import Sequence

from chaoskit.core.experiment import Experiment, Injection
from chaoskit.core.exposure import Basis
from chaoskit.core.service import ServiceInjection
from chaoskit.core.verdict import Finding
from chaoskit.slos.exposures import Exposures
from chaoskit.slos.proofs import proof
from chaoskit.slos.scope import overlapping
from chaoskit.slos.tied import among, traces

UNDER_THE_FAULT = frozenset(
    {"availability", "degraded", "latency", "throughput", "unchanged", "time_to_degrade"}
)
"""Kinds whose samples are those of the phase itself. ``time_to_recover`` looks at what comes after."""


def asked_about(exposures: Exposures, checks: Sequence[Finding]) -> list[Finding]:
    """Return a proof for each injection, or each outage as a whole; none where nothing is asked at all."""
    if not checks:
        return []
    groups = asked_together(exposures.evidence.experiment)
    return [_one(name, parts, exposures, checks) for name, parts in groups.items()]


def asked_together(experiment: Experiment) -> dict[str, list[Injection | ServiceInjection]]:
    """Return the injections, each by its id, and those that are parts of one outage by the outage's name."""
    groups: dict[str, list[Injection | ServiceInjection]] = {}
    for injection in experiment.every_injection:
        outage = injection.outage if isinstance(injection, Injection) else None
        groups.setdefault(outage or injection.id, []).append(injection)
    return groups


def _one(
    name: str,
    parts: Sequence[Injection | ServiceInjection],
    exposures: Exposures,
    checks: Sequence[Finding],
) -> Finding:
    looking = [check.check for check in checks if any(_looks_at(check, part, exposures) for part in parts)]
    subjects = ", ".join(dict.fromkeys(part.subject for part in parts))
    missing = (
        f"no objective looks at {name}: none is about samples of an endpoint that depends on {subjects}, "
        f"taken while it was on; {_advice(parts, exposures)}"
    )
    measured = f"{len(looking)} of them" if looking else "none"
    return proof(
        f"asked/{name}", name, "an objective that looks at it", measured, None if looking else missing
    )


def _advice(parts: Sequence[Injection | ServiceInjection], exposures: Exposures) -> str:
    experiment = exposures.evidence.experiment
    phase = next(
        (
            each.name
            for each in experiment.phases[1:]
            if any(p.overlaps(each.start, each.stop) for p in parts)
        ),
        "fault",
    )
    callers = callers_of(parts, experiment)
    of = f"of: {callers[0]}, " if callers else ""
    return f'add one, such as `{{id: survive, in: {phase}, {of}availability: ">= 95%"}}`'


def callers_of(parts: Sequence[Injection | ServiceInjection], experiment: Experiment) -> list[str]:
    """Return the endpoints that say they depend on what is struck."""
    subjects = {part.subject for part in parts}
    return [each.name for each in experiment.load.endpoints if not subjects.isdisjoint(each.depends_on)]


def _looks_at(check: Finding, injection: Injection | ServiceInjection, exposures: Exposures) -> bool:
    experiment = exposures.evidence.experiment
    phase = next((each for each in experiment.phases if each.name == check.phase), None)
    if phase is None or injection not in overlapping(experiment, phase):
        return False
    if check.kind == "amplification":
        return isinstance(injection, Injection) and check.subject == injection.provider
    if check.kind not in UNDER_THE_FAULT:
        return False
    exposure = check.exposure
    if exposure is None or not exposure.under:
        return False
    if isinstance(injection, ServiceInjection):
        return True
    link = exposures.links.of(check.subject, injection.provider)
    if not link.may_depend:
        return False
    if exposure.basis is not Basis.TRACES:
        return True
    # its own calls, of which the injection was about at least one; or it turned away from them
    samples = exposures.evidence.of(check.subject, phase)
    about = traces(exposures.tied.about(injection.id))
    return bool(among(samples.trace, about).any()) or exposure.instead > 0
