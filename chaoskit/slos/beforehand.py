"""What can be known before a run about what its checks will show: warnings for ``validate`` and ``plan``."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from chaoskit.core.experiment import Endpoint, Experiment, Injection, Phase
from chaoskit.core.exposure import ENOUGH
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Slo
from chaoskit.core.service import ServiceInjection
from chaoskit.slos.exposures import covered
from chaoskit.slos.proof_asked import UNDER_THE_FAULT, asked_together, callers_of
from chaoskit.slos.scope import overlapping


@frozen
class Warned:
    """A sentence about the experiment, and the line of the file that it is about, if there is one."""

    line: int | None
    text: str


def warnings(experiment: Experiment) -> tuple[Warned, ...]:
    """Return what will keep a run from passing whatever the service does, and what nobody asks about."""
    return (*_unasked(experiment), *_diluted(experiment), *_silent(experiment))


def _unasked(experiment: Experiment) -> Iterator[Warned]:
    """Yield the injections, and the outages, that no objective looks at."""
    for name, parts in asked_together(experiment).items():
        if any(_looks_at(slo, part, experiment) for slo in experiment.slos for part in parts):
            continue
        subjects = ", ".join(dict.fromkeys(part.subject for part in parts))
        callers = callers_of(parts, experiment)
        who = f" ({', '.join(callers)})" if callers else ""
        yield Warned(
            parts[0].line,
            f"no objective looks at {name}: the run cannot pass; ask for availability, latency or degraded "
            f"answers of an endpoint that depends on {subjects}{who}, in a phase in which it is on",
        )


def _looks_at(slo: Slo, injection: Injection | ServiceInjection, experiment: Experiment) -> bool:
    phase = experiment.phase(slo.in_)
    if injection not in overlapping(experiment, phase) or phase == experiment.phases[0]:
        return False
    kinds = {name for name, _ in slo.objectives}
    if "amplification" in kinds and isinstance(injection, Injection) and slo.provider == injection.provider:
        return True
    if kinds.isdisjoint(UNDER_THE_FAULT):
        return False
    named = [each for each in experiment.load.endpoints if _is_of(slo, each)]
    if isinstance(injection, ServiceInjection) or not named:  # a locustfile's names are not known
        return True
    aimed = experiment.provider(injection.provider)
    return any(
        not each.depends_on or injection.provider in each.depends_on or aimed.edge is not None
        for each in named
    )


def _is_of(slo: Slo, endpoint: Endpoint) -> bool:
    return not slo.of or any(fnmatchcase(endpoint.name, pattern) for pattern in slo.of)


def _diluted(experiment: Experiment) -> Iterator[Warned]:
    """Yield the SLOs that judge a phase in which the faults are on for a small part."""
    for slo in experiment.slos:
        phase: Phase = experiment.phase(slo.in_)
        kinds = [name for name, _ in slo.objectives if name in UNDER_THE_FAULT]
        is_later = phase != experiment.phases[0] and bool(overlapping(experiment, phase))
        share = covered(experiment, phase) if kinds and is_later and not slo.may_dilute else 1.0
        if share < ENOUGH:
            yield Warned(
                slo.line,
                f"{slo.id} judges all of {phase.name}, and faults are on for {share:.1%} of it, where at "
                f"least {ENOUGH:.0%} are asked: it cannot pass; let them last longer, judge a phase of their "
                "own, or say `dilution: allowed`",
            )


def _silent(experiment: Experiment) -> Iterator[Warned]:
    """Yield the endpoints that depend on what is struck and that no objective asks about."""
    for endpoint in experiment.load.endpoints:
        struck = [
            injection for injection in experiment.injections if injection.provider in endpoint.depends_on
        ]
        asked = any(
            _is_of(slo, endpoint) and not UNDER_THE_FAULT.isdisjoint(name for name, _ in slo.objectives)
            for slo in experiment.slos
            if any(injection in overlapping(experiment, experiment.phase(slo.in_)) for injection in struck)
        )
        if struck and experiment.slos and not asked:
            yield Warned(
                None,
                f"nobody asks about {endpoint.name} while {struck[0].id} is on, though it depends on "
                f"{struck[0].provider}: whatever becomes of it, the run may pass",
            )
