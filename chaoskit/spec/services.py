"""Faults on services of one's own: what is struck, and when."""

from chaoskit.core.service import ServiceInjection
from chaoskit.spec.injections import Around
from chaoskit.spec.nodes import Problems
from chaoskit.spec.shapes import At
from chaoskit.spec.striking import ServiceInjectionSection
from chaoskit.spec.windows import windows


def injection(at: At[ServiceInjectionSection], around: Around, problems: Problems) -> ServiceInjection | None:
    """Return one injection, or None where something about it is wrong."""
    section = at.value
    spans = None
    if section.during is not None and around.phases:
        spans = windows(section.during, around.phases, problems)
    if section.id is None or section.service is None or section.fault is None or spans is None:
        return None
    place = at.node.place
    return ServiceInjection(
        id=section.id.value,
        service=section.service.value,
        fault=section.fault.value.value,
        fault_name=section.fault.value.name,
        windows=spans,
        line=place.span.line if place.change is None else None,
    )
