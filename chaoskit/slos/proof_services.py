"""Prove that each injection on a service was put on its containers, on time, and was taken off again."""

from chaoskit.core.service import ServiceInjection
from chaoskit.core.verdict import Finding
from chaoskit.slos import phrase
from chaoskit.slos.evidence import Deed, Evidence
from chaoskit.slos.proofs import proof

LATE = 2.0
"""Seconds that an engine may take to bring a fault about: a restart took 0.4 s where it was measured."""


def services(evidence: Evidence) -> list[Finding]:
    """Return one proof for each injection on a service."""
    return [_one(each, evidence) for each in evidence.experiment.service_injections]


def deeds(injection: ServiceInjection, evidence: Evidence) -> list[Deed]:
    """Return what was done for one injection."""
    return [each for each in evidence.deeds if each.injection == injection.id]


def _one(injection: ServiceInjection, evidence: Evidence) -> Finding:
    done = deeds(injection, evidence)
    entered = [each for each in done if each.what == "entered"]
    containers = {each.container for each in entered}
    seen = "; ".join(dict.fromkeys(each.seen for each in entered if each.seen))
    measured = f"{phrase.plural(len(containers), 'container')}, {phrase.plural(len(entered), 'time')}"
    return proof(
        f"hits/{injection.id}",
        injection.id,
        f"{injection.fault_name} on every container of {injection.service}",
        f"{measured}{f': {seen}' if seen else ''}",
        _broken(injection, done),
    )


def _broken(injection: ServiceInjection, done: list[Deed]) -> str | None:
    name = injection.id
    failed = next((each for each in done if each.what == "failed"), None)
    if failed is not None:
        return f"{name} could not be put on {failed.container}, or not be taken off: {failed.why}"
    for start, stop in injection.windows:
        entered = [e for e in done if e.what == "entered" and start - 0.5 <= e.t < stop]
        if not entered:
            where = f"a container of {injection.service}"
            return f"{name} struck nothing: {injection.fault_name} was never put on {where}"
        late = max(each.t for each in entered) - start
        if late > LATE:
            return f"{name} was put on {late:.1f}s late"
        for each in entered:
            ends = (e for e in done if e.what == "left" and e.container == each.container and e.t > each.t)
            left = next(ends, None)
            if left is None:
                return f"{name} was not seen to be taken off {each.container}"
            if left.restored is False:
                return f"{each.container} is not as it was before {name}: {left.why}"
            if left.t > stop + LATE:
                return f"{name} was taken off {each.container} {left.t - stop:.1f}s late"
            if left.packets == 0:
                return f"{name} struck nothing: while it was on {each.container}, no packet met its rules"
    return None
