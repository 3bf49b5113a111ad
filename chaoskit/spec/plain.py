"""Plain TCP providers: what would need to see calls is not for them."""

from collections.abc import Sequence

from chaoskit.core.experiment import Provider
from chaoskit.core.fault import Fault
from chaoskit.spec.nodes import Problems, quoted
from chaoskit.spec.registry import faults
from chaoskit.spec.sections import SloSection
from chaoskit.spec.shapes import At, stands_alone
from chaoskit.spec.striking import InjectionSection


def check(
    providers: Sequence[Provider],
    inject: Sequence[At[InjectionSection]],
    slos: Sequence[At[SloSection]],
    problems: Problems,
) -> None:
    """Note each fault and each SLO that needs more of a plain TCP provider than its connections."""
    plain = {each.name: each.base for each in providers if each.is_plain_tcp}
    for at in inject:
        provider, fault = at.value.provider, at.value.fault
        if provider is None or fault is None or provider.value not in plain:
            continue
        if not _is_for_connections(fault.value.value):
            problems.add(
                fault.node.place,
                f"this {fault.value.name} needs more than a connection, and {quoted(provider.value)} is "
                f"{plain[provider.value]}, where nothing else can be seen",
                f"for example: {', '.join(_known())}",
            )
    for at in slos:
        provider = at.value.provider
        if provider is not None and provider.value in plain:
            problems.add(
                provider.node.place,
                f"expected a provider whose calls can be counted, got {quoted(provider.value)}, which is "
                f"{plain[provider.value]}",
                "judge the endpoints that depend on it instead: `of` names them",
            )


def _is_for_connections(fault: Fault) -> bool:
    return fault.layers() <= {"connect"} and not fault.terminates_tls


def _known() -> list[str]:
    return [
        name
        for name, kind in faults().items()
        if kind.on_connect is not Fault.on_connect and (not stands_alone(kind) or _is_for_connections(kind()))
    ]
